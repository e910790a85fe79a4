//! What a check says.

/// Nothing, or how the promise was broken.
pub type Verdict = Result<(), String>;

/// How which promise was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which.
    pub promise: &'static str,
    /// How.
    pub text: String,
}

impl Broken {
    /// That promise, in this way.
    pub fn new(promise: &'static str, text: String) -> Self {
        Self { promise, text }
    }
}

/// What a verdict on that promise says where it is bad.
pub fn breaks(promise: &'static str) -> impl Fn(String) -> Broken {
    move |text| Broken { promise, text }
}
