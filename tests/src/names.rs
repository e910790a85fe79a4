//! Names that nothing else has.

/// Eight letters and digits that nobody else has.
pub fn random_name() -> String {
    let mut random = [0; 4];
    getrandom::fill(&mut random).expect("the system has randomness");
    hex::encode(random)
}
