use super::*;

fn figures() -> Figures {
    Figures {
        room: Room {
            start_limit: None,
            running_limit: Some(9),
            first_port: 19000,
            last_port: 19009,
        },
        running_peak: 3,
        busy_peak: 2,
        ports_claimed_peak: 4,
        ports_needed_peak: 3,
        starts_a_minute_peak: 2,
        visits: 20,
        visits_given_up: 1,
        starts: 5,
        reaps: 4,
        removals: 0,
        retries: 6,
        faults: 7,
        waits: Waits {
            count: 5,
            p50_seconds: 2.0,
            p99_seconds: 2.5,
            longest_seconds: 3.0,
        },
        worst_hour_p99_seconds: 2.5,
        failures: BTreeMap::from([("busy".to_owned(), 1)]),
    }
}

fn plan() -> Plan {
    Plan {
        workload: "steady".to_owned(),
        users: 10,
        days: 1,
        begins: "2026-01-05T00:00:00".to_owned(),
        seeds: vec![0, 1],
        controllers: 1,
        faults: "none".to_owned(),
        wait_target_seconds: 10.0,
        memory_per_container_bytes: None,
        enough: Some(Enough {
            ports: 4,
            ports_for_all: 10,
            running_limit: 3,
            memory_bytes: None,
            start_limit: Some(2),
            simulated: true,
        }),
        without_limits: figures(),
        as_configured: figures(),
        tried: vec![Tried {
            start_limit: 2,
            running_limit: None,
            ports: 10,
            worst_hour_p99_seconds: 2.5,
            turned_away: 0,
            met: true,
        }],
        series: Series {
            bucket_seconds: 900,
            running: vec![1],
            wait_p50_seconds: vec![None],
            ..Series::default()
        },
        broken: vec![BrokenPromise {
            seed: 1,
            promise: "never stuck".to_owned(),
            at_seconds: 0.5,
            text: "alice".to_owned(),
        }],
        again: "portreeve simulate --users 10".to_owned(),
    }
}

const FIGURES: &str = concat!(
    r#"{"room":{"start_limit":null,"running_limit":9,"first_port":19000,"last_port":19009},"#,
    r#""running_peak":3,"busy_peak":2,"ports_claimed_peak":4,"ports_needed_peak":3,"#,
    r#""starts_a_minute_peak":2,"visits":20,"visits_given_up":1,"starts":5,"reaps":4,"removals":0,"#,
    r#""retries":6,"faults":7,"waits":{"count":5,"p50_seconds":2.0,"p99_seconds":2.5,"#,
    r#""longest_seconds":3.0},"worst_hour_p99_seconds":2.5,"failures":{"busy":1}}"#,
);

#[test]
fn it_has_exactly_the_documented_keys_in_their_order() {
    let plan = plan();
    let text = serde_json::to_string(&plan).unwrap();
    let expected = format!(
        "{}{FIGURES}{}{FIGURES}{}",
        concat!(
            r#"{"workload":"steady","users":10,"days":1,"begins":"2026-01-05T00:00:00","#,
            r#""seeds":[0,1],"controllers":1,"faults":"none","wait_target_seconds":10.0,"#,
            r#""memory_per_container_bytes":null,"enough":{"ports":4,"ports_for_all":10,"#,
            r#""running_limit":3,"memory_bytes":null,"start_limit":2,"simulated":true},"#,
            r#""without_limits":"#,
        ),
        r#","as_configured":"#,
        concat!(
            r#","tried":[{"start_limit":2,"running_limit":null,"ports":10,"#,
            r#""worst_hour_p99_seconds":2.5,"turned_away":0,"met":true}],"#,
            r#""series":{"bucket_seconds":900,"running":[1],"ports_claimed":[],"ports_needed":[],"#,
            r#""visits":[],"starts":[],"wait_p50_seconds":[null],"wait_p99_seconds":[],"reaps":[],"#,
            r#""removals":[],"retries":[],"failures":[],"faults":[]},"#,
            r#""broken":[{"seed":1,"promise":"never stuck","at_seconds":0.5,"text":"alice"}],"#,
            r#""again":"portreeve simulate --users 10"}"#,
        ),
    );
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}
