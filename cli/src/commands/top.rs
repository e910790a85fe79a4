//! What the containers take of the machine, again and again.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::Timestamp;
use portreeve_api::Usage;
use portreeve_tokio::{Portreeve, UserUsage};

use crate::args::Sort;
use crate::codes::Exit;
use crate::failure::Failure;
use crate::output::{Live, Output, Spinner, text};

/// How long a reading stands.
const EVERY: Duration = Duration::from_secs(2);

/// Shows readings for as long as somebody looks at a terminal, or else one.
pub(super) async fn top(
    portreeve: &Portreeve,
    sort: Sort,
    spinner: Spinner,
    output: Output,
) -> Result<Exit, Failure> {
    let mut usages = portreeve.usage();
    let mut reading = read(&usages.next_reading().await?, sort);
    drop(spinner);
    let Some(mut live) = Live::start(output) else {
        output.show(&reading[..], |reading| text::usage(reading, usize::MAX))?;
        return Ok(Exit::Done);
    };
    loop {
        let rows = live.rows();
        live.draw(&text::usage(&reading, rows))?;
        tokio::time::sleep(EVERY).await;
        reading = read(&usages.next_reading().await?, sort);
    }
}

fn read(told: &[UserUsage], sort: Sort) -> Vec<Usage> {
    let mut reading: Vec<_> = told.iter().map(document).collect();
    // Who is alike stays in user order.
    match sort {
        Sort::Memory => reading.sort_by_key(|of| Reverse(of.memory_bytes)),
        Sort::Cpu => {
            let share = |of: &Usage| of.cpu_percent.unwrap_or(-1.0);
            reading.sort_by(|one, other| share(other).total_cmp(&share(one)));
        }
        Sort::Network => {
            reading.sort_by_key(|of| {
                Reverse(
                    of.received_bytes
                        .zip(of.sent_bytes)
                        .map(|(r, s)| r.saturating_add(s)),
                )
            });
        }
        Sort::Idle => reading.sort_by_key(|of| of.last_active),
    }
    reading
}

fn document(told: &UserUsage) -> Usage {
    let UserUsage { status, usage } = told;
    let taken = usage.as_ref().ok();
    let active = status
        .last_active
        .map(|at| Timestamp::from_microsecond(at.as_micros()));
    Usage {
        user: status.user.as_str().to_owned(),
        container_id: status.container.as_ref().map(|id| id.as_str().to_owned()),
        cpu_percent: taken
            .and_then(|taken| taken.cpu_percent)
            .map(to_a_hundredth),
        memory_bytes: taken.and_then(|taken| taken.memory),
        memory_limit_bytes: taken.and_then(|taken| taken.memory_limit),
        received_bytes: taken.map(|taken| taken.received),
        sent_bytes: taken.map(|taken| taken.sent),
        last_active: active.and_then(Result::ok),
        error: usage.as_ref().err().cloned(),
    }
}

fn to_a_hundredth(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use portreeve_core::command::{Status, UserStatus};
    use portreeve_core::observed::Health;
    use portreeve_core::time;
    use portreeve_core::user::UserId;
    use portreeve_tokio::Usage as Taken;

    use super::*;

    fn told(user: &str, active: i64, taken: Option<(f64, u64, u64)>) -> UserUsage {
        UserUsage {
            status: UserStatus {
                user: UserId::new(user).unwrap(),
                status: Status::Running,
                port: None,
                url: None,
                last_active: Some(time::Timestamp::from_micros(active)),
                container: None,
                container_name: None,
                exit_code: None,
                health: Health::Absent,
                outdated: false,
                failure: None,
            },
            usage: taken
                .map(|(cpu, memory, sent)| Taken {
                    cpu_percent: Some(cpu),
                    memory: Some(memory),
                    memory_limit: None,
                    received: 0,
                    sent,
                })
                .ok_or("it doesn't tell".to_owned()),
        }
    }

    #[test]
    fn who_takes_most_comes_first_and_who_tells_nothing_last() {
        let order = |sort| {
            let all = [
                told("a", 3, None),
                told("b", 1, Some((5.0, 10, 7))),
                told("c", 2, Some((1.0, 30, 9))),
                told("d", 4, Some((7.004, 20, 8))),
            ];
            let names = read(&all, sort).into_iter().map(|of| of.user);
            names.collect::<String>()
        };
        assert_eq!(order(Sort::Memory), "cdba");
        assert_eq!(order(Sort::Cpu), "dbca");
        assert_eq!(order(Sort::Network), "cdba");
        assert_eq!(order(Sort::Idle), "bcad");
    }
}
