//! Explores all scenes to the fixed point, and shows that each mistake made on purpose is found.
//!
//! ```text
//! check-model [--threads N] [--most STEPS] [SCENE…]    the scenes, or these
//! check-model --sabotage [SCENE…]                      the mistakes
//! ```

use std::process::ExitCode;

use portreeve_core::lifecycle::{Rows, decision_table};
use portreeve_model::{Explored, Scene, Violation, sabotages, scenes};

/// What was asked for.
struct Options {
    threads: usize,
    most: Option<usize>,
    sabotage: bool,
    names: Vec<String>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            most: None,
            sabotage: false,
            names: Vec::new(),
        };
        let number = |argument: Option<String>| -> Result<usize, String> {
            let number = argument.and_then(|number| number.parse().ok());
            number.ok_or_else(|| "a number is missing".to_owned())
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--threads" => options.threads = number(arguments.next())?.max(1),
                "--most" => options.most = Some(number(arguments.next())?),
                "--sabotage" => options.sabotage = true,
                name if name.starts_with('-') => return Err(format!("what is {name}?")),
                name if scenes().iter().any(|scene| scene.name == name) => {
                    options.names.push(argument);
                }
                name => return Err(format!("there is no scene {name}")),
            }
        }
        Ok(options)
    }

    fn wants(&self, scene: &Scene) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| name == scene.name)
    }
}

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("check-model: {why}");
            return ExitCode::from(2);
        }
    };
    let well = if options.sabotage {
        show_sabotages(&options)
    } else {
        check(&options)
    };
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn check(options: &Options) -> bool {
    println!("| scene | states | steps | longest way | seconds |");
    println!("|---|--:|--:|--:|--:|");
    let mut well = true;
    let mut rows = Rows::default();
    let mut states = 0;
    for scene in scenes().iter().filter(|scene| options.wants(scene)) {
        match scene.explore(options.threads, options.most) {
            Ok(explored) => {
                rows.add(explored.rows);
                states += explored.states;
                well &= explored.complete;
                tell(scene, &explored);
            }
            Err(Violation { promise, text }) => {
                well = false;
                println!("{}, in the beginning: {promise}: {text}", scene.name);
            }
        }
    }
    let table: Vec<_> = decision_table().collect();
    let seen = (0..table.len()).filter(|row| rows.has(*row)).count();
    println!(
        "\n{states} states; {seen} of the decision table's {} rows",
        table.len()
    );
    for (row, [goal, when, _]) in table.iter().enumerate() {
        if !rows.has(row) {
            println!("not seen: {} | {goal} | {when}", row + 1);
            well &= !options.names.is_empty();
        }
    }
    well
}

fn tell(scene: &Scene, explored: &Explored) {
    let Explored {
        states,
        steps,
        depth,
        took,
        complete,
        broken,
        ..
    } = explored;
    let took = took.as_secs_f64();
    let rest = if *complete { "" } else { " not all of it" };
    println!(
        "| {} | {states} | {steps} | {depth} | {took:.1}{rest} |",
        scene.name
    );
    if let Some((broken, path)) = broken {
        println!("{}: {}: {}", scene.name, broken.promise, broken.text);
        for line in scene.tell(path) {
            println!("    {line}");
        }
    }
}

/// Each is to be found.
fn show_sabotages(options: &Options) -> bool {
    let mut well = true;
    for scene in sabotages().iter().filter(|scene| options.wants(scene)) {
        let name = scene
            .sabotage
            .map_or("", portreeve_sim::sabotage::Sabotage::name);
        let found = scene.explore(options.threads, options.most);
        match found.map(|explored| explored.broken) {
            Ok(Some((broken, path))) => {
                println!(
                    "{name}, in {}: {}: {}",
                    scene.name, broken.promise, broken.text
                );
                for line in scene.tell(&path) {
                    println!("    {line}");
                }
            }
            Err(broken) => {
                println!(
                    "{name}, in {}: {}: {}",
                    scene.name, broken.promise, broken.text
                );
            }
            Ok(None) => {
                well = false;
                println!("{name}, in {}: not found", scene.name);
            }
        }
    }
    well
}
