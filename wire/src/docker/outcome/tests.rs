mod changes;
mod effects;
mod looks;
mod networks_and_volumes;
mod pulls;
mod words;
