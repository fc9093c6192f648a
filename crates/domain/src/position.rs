//! Positions of the log: totally ordered for us, opaque for clients. How busy other tenants are is nobody's business, so what
//! leaves the house is one encrypted block and not a number.

use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Where an event stands: incarnation of the log, transaction, place within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The incarnation of the log.
    pub epoch: i64,
    /// The writing transaction.
    pub xid: i64,
    /// The place among all events ever written.
    pub seq: i64,
}

/// The key of this installation, made with its database and the same in every server process.
#[derive(Clone)]
pub struct PositionKey(Aes128);

impl PositionKey {
    /// Derives the key from the installation's secret.
    pub fn new(secret: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(b"liaison position\0").chain_update(secret).finalize();
        let key: [u8; 16] = digest[..16].try_into().expect("a SHA-256 digest has 32 bytes");
        Self(Aes128::new(&Array::from(key)))
    }

    /// The text that clients keep. One position has one text.
    pub fn seal(&self, position: Position) -> String {
        let packed = (u128::from(position.epoch as u16) << 112)
            | (u128::from(position.xid as u64 & MASK) << 56)
            | u128::from(position.seq as u64 & MASK);
        let mut block = Array::from(packed.to_be_bytes());
        self.0.encrypt_block(&mut block);
        URL_SAFE_NO_PAD.encode(block)
    }

    /// Reads a client's text back; `None` when it is not one that this installation gave out.
    pub fn open(&self, text: &str) -> Option<Position> {
        let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let mut block = Array::from(bytes);
        self.0.decrypt_block(&mut block);
        let packed = u128::from_be_bytes(block.into());
        let epoch = i64::from((packed >> 112) as u16);
        let xid = ((packed >> 56) as u64 & MASK) as i64;
        let seq = (packed as u64 & MASK) as i64;
        // 56 bits each: 2,000 years at a million transactions a second. A forged text opens to noise, which almost never fits.
        (epoch > 0 && xid < (1 << 52) && seq < (1 << 52)).then_some(Position { epoch, xid, seq })
    }
}

const MASK: u64 = (1 << 56) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_comes_back_and_tells_nothing() {
        let key = PositionKey::new(b"secret");
        let position = Position { epoch: 1, xid: 731, seq: 9 };
        let text = key.seal(position);
        assert_eq!(key.open(&text), Some(position));
        let next = key.seal(Position { seq: 10, ..position });
        assert_ne!(text[..8], next[..8], "neighbours look unrelated");
        assert_eq!(PositionKey::new(b"another").open(&text), None);
        assert_eq!(key.open("731"), None);
    }
}
