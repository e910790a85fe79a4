//! The program as it is used, where it needs no engine: command lines, configuration, keys, and
//! what it says when nothing is in reach.

mod clocks;
mod configuration;
mod exposure;
mod full_disk;
mod installing;
mod keys;
mod listing;
mod networks;
mod program;
mod reach;
mod simulate;
mod simulated;
mod stand_in;
mod terminal;
mod usage;
