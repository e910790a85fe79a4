//! How the server looks for what is asked for, where very many records are settled.

use portreeve_core::effect::StoreEffect;
use portreeve_core::id::EngineName;
use portreeve_wire::store::{Statement, Value, postgres};
use tokio_postgres::SimpleQueryMessage;

use crate::stand::{Stand, connected};

/// So many that a scan of them all would be planned, if there was no index for the others.
const SETTLED: &str = "INSERT INTO portreeve_tenancies (
        user_id, record_id, revision, engine, container_name, volume_name, token,
        token_generation, intent, template_generation, adopted
    )
    SELECT
        convert_to('settled-' || n, 'UTF8'), decode(md5(n::text), 'hex'), 1, 'local',
        'user-' || n, 'user-' || n || '-state', '\\x00', 1,
        CASE WHEN n % 1000 = 0 THEN 'running' ELSE 'stopped' END, 0, false
    FROM generate_series(1, 5000) n;
    ANALYZE portreeve_tenancies";

/// A sweep costs what runs, and not as many records as there are: also by the plan that the server
/// makes once for a statement that is prepared, whoever the page begins after.
pub async fn the_unsettled_are_found_by_their_index(stand: &Stand) {
    // Its tables are made by the first who comes.
    stand.row("nobody").await;
    stand.tamper(SETTLED, "").await;
    let page = StoreEffect::ScanUnsettled {
        engine: EngineName::new("local"),
        after: None,
        limit: 1000,
    };
    let statements = postgres::statements(&page);
    let [statement] = &statements[..] else {
        panic!("{statements:?}");
    };
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let plan = plan(stand, statement, mode).await;
        let index = "using portreeve_tenancies_unsettled on portreeve_tenancies";
        assert!(plan.contains(index), "{mode}:\n{plan}");
        // Those that share a volume are looked for where one that does is read, which none is here.
        let mut scans = plan
            .lines()
            .filter(|line| line.contains("Seq Scan on portreeve_tenancies"));
        assert!(
            scans.all(|line| line.contains("never executed")),
            "{mode}:\n{plan}"
        );
    }
}

async fn plan(stand: &Stand, statement: &Statement, mode: &str) -> String {
    let values: Vec<_> = statement.params.iter().map(literal).collect();
    let asked = format!(
        "SET plan_cache_mode = {mode}; PREPARE asked AS {}; \
         EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE asked ({})",
        statement.sql,
        values.join(", ")
    );
    let told = connected(&stand.server_url(), async |client| {
        client.simple_query(&asked).await.unwrap()
    })
    .await;
    let lines = told.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Bytes(bytes) => format!("'\\x{}'", hex::encode(bytes)),
        Value::Secret(_) | Value::BytesList(_) => panic!("not in this statement"),
    }
}
