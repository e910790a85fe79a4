//! What containers print, and what they take.

use portreeve_tests::world::World;

/// Docker cuts lines into messages of so many bytes, and sends each in a frame of its own.
const MESSAGE: usize = 16 << 10;

pub fn a_log_goes_on_across_restarts_and_recreations(world: &World) {
    let controller = world.controller();
    let endpoint = controller.ensure("a");
    endpoint.say("one\n");
    let mut said = Vec::new();
    let mut runs = 0;
    let followed = controller.follow_log("a", |line| {
        if line.starts_with("gateway: listening") {
            runs += 1;
            return true;
        }
        said.push(line.to_owned());
        match line {
            "one" => {
                controller.stop("a");
                controller.ensure("a").say("two\n");
            }
            "two" => controller.restart("a").say("three\n"),
            "three" => {
                world.engine.remove(&world.container("a").id());
                controller.ensure("a").say("four\n");
            }
            _ => return false,
        }
        true
    });
    followed.expect("it is told");
    assert_eq!(said, ["one", "two", "three", "four"]);
    assert_eq!(runs, 4, "each run says once that it listens");
}

pub fn no_log_shows_a_token(world: &World) {
    let controller = world.controller_that(|plan| plan.variable("GATEWAY_PRINT_TOKEN", "1"));
    let endpoint = controller.ensure("a");
    let token = &endpoint.token;
    // Cut by a message's end, in a long line, and whole.
    let long = format!(
        "{}{token}{}\n",
        "x".repeat(MESSAGE - 10),
        "y".repeat(MESSAGE)
    );
    endpoint.say(&long);
    endpoint.say(&format!("{token}{token}\n"));
    let told = controller.first_lines("a", 4).expect("it is told");
    assert!(told.iter().all(|line| !line.contains(&token[..10])));
    assert_eq!(told[0], "token: [token]");
    let blotted = long.trim_end().replace(token.as_str(), "[token]");
    assert_eq!(told[2], blotted);
    assert_eq!(told[3], "[token][token]");

    // The container of one who is stopped carries the token that was replaced.
    controller.stop("a");
    controller.rotate("a");
    let told = controller.first_lines("a", 4).expect("it is told");
    assert_eq!(told[3], "[token][token]");
}

pub fn nobody_has_no_log(world: &World) {
    let controller = world.controller();
    let failure = controller.first_lines("a", 1).expect_err("nobody");
    assert_eq!(failure.code, "unknown_user");
    controller.ensure("a");
    world.engine.remove(&world.container("a").id());
    let failure = controller.first_lines("a", 1).expect_err("no container");
    assert_eq!(failure.code, "no_container");
}

pub fn what_those_take_who_run(world: &World) {
    let controller = world.controller();
    for user in ["a", "b", "c"] {
        controller.ensure(user);
    }
    controller.stop("b");
    let usage = controller.usage();
    let users: Vec<_> = usage.iter().map(|(user, ..)| user.as_str()).collect();
    assert_eq!(users, ["a", "c"]);
    for (user, memory, cpu) in usage {
        assert!((1..1 << 30).contains(&memory), "{user}: {memory}");
        assert!((0.0..400.0).contains(&cpu), "{user}: {cpu}");
    }
}
