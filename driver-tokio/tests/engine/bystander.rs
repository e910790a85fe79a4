//! The only program of the image that the tests make their containers of.

use std::process::exit;

fn main() {
    println!("to stdout");
    eprintln!("to stderr");
    if let Some(code) = std::env::args().nth(1).and_then(|code| code.parse().ok()) {
        exit(code);
    }
    loop {
        std::thread::park();
    }
}
