//! How long whoever comes may have to wait for a call of the lifecycle's that is under way: the longest
//! of each kind of large work, with few users and with many, all of whom run. Parts of names choose.

use portreeve_benches::longest::{WORK, world};

const KNOWN: [u32; 3] = [1_000, 10_000, 100_000];

fn main() {
    println!("the longest call, in µs on the processor");
    print!("{:<28}", "users");
    for known in KNOWN {
        print!("{known:>10}");
    }
    println!();
    let mut worlds = KNOWN.map(world);
    // What cargo hands over of its own begins with a dash.
    let wanted: Vec<_> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part));
    for work in WORK.iter().filter(|work| is_wanted(work.name)) {
        print!("{:<28}", work.name);
        for world in &mut worlds {
            // The first time memory is got from the system, too.
            let took = (0..3).map(|_| world.longest_call(work.done)).min();
            print!("{:>10}", took.unwrap_or_default().as_micros());
        }
        println!();
    }
}
