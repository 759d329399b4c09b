//! Reads a remote file in ranges.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes per request: few requests, and little excess when a container is only probed.
const BLOCK: u64 = 512 * 1024;
/// Cached blocks: sound and picture are often read from two positions in turn.
const CACHED_BLOCKS: usize = 8;

/// Reads from a source of byte ranges: `fetch(offset, length)` returns exactly that part.
pub struct RangeReader<F> {
    fetch: F,
    size: u64,
    position: u64,
    /// Start and content of each block, the oldest first.
    blocks: VecDeque<(u64, Vec<u8>)>,
}

impl<F: FnMut(u64, u64) -> io::Result<Vec<u8>>> RangeReader<F> {
    /// `size` is the size of the whole file.
    pub fn new(size: u64, fetch: F) -> Self {
        Self { fetch, size, position: 0, blocks: VecDeque::new() }
    }

    /// The block that contains a position.
    fn block(&mut self, at: u64) -> io::Result<&(u64, Vec<u8>)> {
        let start = at - at % BLOCK;
        if let Some(index) = self.blocks.iter().position(|(known, _)| *known == start) {
            return Ok(&self.blocks[index]);
        }
        let length = BLOCK.min(self.size - start);
        let bytes = (self.fetch)(start, length)?;
        if bytes.len() as u64 != length {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the response is shorter than the requested range",
            ));
        }
        if self.blocks.len() == CACHED_BLOCKS {
            self.blocks.pop_front();
        }
        self.blocks.push_back((start, bytes));
        Ok(self.blocks.back().expect("just added. This is a bug."))
    }
}

impl<F: FnMut(u64, u64) -> io::Result<Vec<u8>>> Read for RangeReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        let position = self.position;
        let (start, bytes) = self.block(position)?;
        let there = &bytes[(position - start) as usize..];
        let count = there.len().min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl<F> Seek for RangeReader<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
        };
        self.position = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_file_reads_like_a_local_one_and_no_block_is_fetched_twice() {
        let content: Vec<u8> = (0..BLOCK * 2 + 100).map(|at| (at * 7 % 251) as u8).collect();
        let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
        let (far, count) = (content.clone(), asked.clone());
        let mut reader = RangeReader::new(content.len() as u64, move |offset, length| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(far[offset as usize..(offset + length) as usize].to_vec())
        });
        let mut read = Vec::new();
        reader.read_to_end(&mut read).expect("readable");
        assert_eq!(read, content);
        reader.seek(SeekFrom::End(-5)).expect("a position");
        read.clear();
        reader.read_to_end(&mut read).expect("readable");
        assert_eq!(read, content[content.len() - 5..]);
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 3);
    }

    #[test]
    fn a_short_answer_is_an_error() {
        let mut reader = RangeReader::new(100, |_, _| Ok(vec![0; 3]));
        assert_eq!(reader.read(&mut [0; 10]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
