//! Host ports for a case, apart from those of all other cases on this machine.

use std::net::{Ipv4Addr, UdpSocket};

/// How many ports a case has.
pub const COUNT: u16 = 64;

/// Above the ports that services use and those that the command line's default range begins with;
/// below the ports that the kernel gives to clients.
const FIRST: u16 = 20_032;
const BLOCKS: u16 = 198;

/// A block of ports. Nobody else who takes ports this way gets them while it lives: its first port
/// is held over UDP, which is in nobody's way, since containers are published over TCP.
pub struct Block {
    first: u16,
    _held: UdpSocket,
}

impl Block {
    /// Takes a block that nobody has.
    pub fn take() -> Self {
        let mut random = [0; 2];
        getrandom::fill(&mut random).expect("the system has randomness");
        let offset = u16::from_le_bytes(random) % BLOCKS;
        (0..BLOCKS)
            .map(|number| FIRST + (offset + number) % BLOCKS * COUNT)
            .find_map(|first| {
                let held = UdpSocket::bind((Ipv4Addr::LOCALHOST, first)).ok()?;
                Some(Self { first, _held: held })
            })
            .expect("a free block of ports")
    }

    /// Takes several blocks in a row.
    pub fn take_row(count: u16) -> Vec<Self> {
        (0..BLOCKS / count)
            .map(|number| FIRST + number * count * COUNT)
            .find_map(|first| {
                (0..count)
                    .map(|number| first + number * COUNT)
                    .map(|first| {
                        let held = UdpSocket::bind((Ipv4Addr::LOCALHOST, first)).ok()?;
                        Some(Self { first, _held: held })
                    })
                    .collect()
            })
            .expect("free blocks of ports")
    }

    /// Its first and last port.
    pub fn range(&self) -> (u16, u16) {
        (self.first, self.first + COUNT - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_blocks_share_no_port() {
        let (one, other) = (Block::take(), Block::take());
        assert!(one.range().1 < other.range().0 || other.range().1 < one.range().0);
        assert!(one.range().0 > 19_999 && other.range().1 < 32_768);
    }
}
