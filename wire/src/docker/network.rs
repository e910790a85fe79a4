//! What the engine says of networks, for whoever looks for those of one name.

use jiff::Timestamp;
use portreeve_core::id::{InstallationId, NetworkId};
use portreeve_core::label;
use portreeve_core::network::Network;
use portreeve_core::time;
use serde_json::Value;

use super::container::text;

/// Reads those of exactly that name from a list: engines take the name for a part of one. `None` if
/// the answer isn't a list, or doesn't say which network it is that has the name.
pub(super) fn called(name: &str, answer: &Value) -> Option<Vec<Network>> {
    let listed = match answer {
        // An empty list of some engines.
        Value::Null => return Some(Vec::new()),
        Value::Array(listed) => listed,
        _ => return None,
    };
    let of_name = listed
        .iter()
        .filter(|network| text(&network["Name"]) == name);
    of_name.map(read).collect()
}

fn read(network: &Value) -> Option<Network> {
    let id = text(&network["Id"]);
    if id.is_empty() {
        return None;
    }
    Some(Network {
        id: NetworkId::new(id),
        driver: text(&network["Driver"]).to_string(),
        internal: network["Internal"].as_bool() == Some(true),
        installation: InstallationId::parse(text(&network["Labels"][label::INSTALLATION])),
        created: created(text(&network["Created"])),
    })
}

fn created(text: &str) -> Option<time::Timestamp> {
    let created: Timestamp = text.parse().ok()?;
    Some(time::Timestamp::from_micros(created.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What Docker 20.10.24 tells of a network, less what isn't read.
    fn network(name: &str, id: &str) -> Value {
        json!({
            "Name": name, "Id": id, "Created": "2026-11-28T21:15:08.123456789+01:00", "Scope": "local",
            "Driver": "bridge", "EnableIPv6": false, "Internal": false, "Attachable": false, "Ingress": false,
            "ConfigOnly": false, "Containers": {}, "Options": {}, "Labels": {},
        })
    }

    #[test]
    fn those_of_exactly_the_name_are_read() {
        let mut own = network("net", "1");
        own["Labels"] = json!({label::INSTALLATION: "07".repeat(16)});
        let mut internal = network("net", "2");
        internal["Internal"] = json!(true);
        internal["Driver"] = json!("macvlan");
        internal["Created"] = json!(null);
        let all = json!([
            own,
            network("net-2", "3"),
            internal,
            network("a-net", "net"),
            null,
            7
        ]);
        let found = called("net", &all).unwrap();
        assert_eq!(
            found,
            [
                Network {
                    id: NetworkId::new("1"),
                    driver: "bridge".to_string(),
                    internal: false,
                    installation: Some(InstallationId::from_bytes([7; 16])),
                    created: Some(time::Timestamp::from_micros(1_795_896_908_123_456)),
                },
                Network {
                    id: NetworkId::new("2"),
                    driver: "macvlan".to_string(),
                    internal: true,
                    installation: None,
                    created: None,
                },
            ]
        );
    }

    #[test]
    fn a_network_without_an_id_is_no_answer() {
        assert_eq!(called("net", &json!([])), Some(Vec::new()));
        assert_eq!(called("net", &Value::Null), Some(Vec::new()));
        assert_eq!(called("net", &json!([{"Name": "net"}])), None);
        assert_eq!(called("net", &json!({"Name": "net"})), None);
        assert_eq!(called("net", &json!([{"Name": "other"}])), Some(Vec::new()));
    }
}
