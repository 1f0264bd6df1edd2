//! Reads the version and the depth of the stack frames from a finished program.
//!
//! Every function has a frame of 4,096 bytes, and nothing separates it from the next frame. A function that needs more would overwrite its
//! caller's values without any error. The linker refuses such functions; this module checks the machine code itself, also of other
//! linkers.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

/// Bytes of a function's frame.
pub const FRAME: i64 = 4096;
/// The register that points to the end of the frame.
const FRAME_POINTER: u8 = 10;
/// Loads a number of 64 bits; it takes the space of two instructions.
const LOAD_WIDE: u8 = 0x18;
const ADD_IMMEDIATE: u8 = 0x07;
const MOVE_REGISTER: u8 = 0xbf;

/// What is measured of a compiled program.
pub struct Measures {
    /// Size of the file in bytes.
    pub size: usize,
    /// Version of the virtual machine that it is compiled for.
    pub version: u32,
    /// Bytes of its frame that the function with the deepest frame uses.
    pub deepest_frame: i64,
}

/// Measures the program at `path`, and fails if a frame is too deep.
pub fn measure(path: &Path) -> Result<Measures> {
    let elf = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let (version, code) =
        parse(&elf).with_context(|| format!("{} is not a program for the virtual machine", path.display()))?;
    let deepest_frame = deepest_frame(code);
    ensure!(
        deepest_frame <= FRAME,
        "a function in {} uses {deepest_frame} bytes of its stack frame, more than the {FRAME} there are",
        path.display()
    );
    Ok(Measures { size: elf.len(), version, deepest_frame })
}

/// Returns the version and the instructions of an ELF file.
fn parse(elf: &[u8]) -> Result<(u32, &[u8])> {
    ensure!(elf.starts_with(b"\x7fELF\x02\x01"), "it is no ELF file of 64-bit words");
    let version = u32::from_le_bytes(array(elf, 48)?);
    let headers = u64::from_le_bytes(array(elf, 32)?) as usize;
    let size = usize::from(u16::from_le_bytes(array(elf, 54)?));
    let count = usize::from(u16::from_le_bytes(array(elf, 56)?));
    for index in 0..count {
        let header = elf
            .get(headers.saturating_add(index.saturating_mul(size))..)
            .context("a program header is outside the file")?;
        let kind = u32::from_le_bytes(array(header, 0)?);
        let flags = u32::from_le_bytes(array(header, 4)?);
        // The instructions are in the loaded segment that is executable.
        if kind == 1 && flags & 1 != 0 {
            let start = u64::from_le_bytes(array(header, 8)?) as usize;
            let length = u64::from_le_bytes(array(header, 32)?) as usize;
            let code = elf.get(start..start.saturating_add(length)).context("the instructions are outside the file")?;
            return Ok((version, code));
        }
    }
    bail!("it has no instructions")
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    bytes.get(at..at.saturating_add(N)).and_then(|bytes| bytes.try_into().ok()).context("the file is cut off")
}

/// Returns how many bytes below the frame's end the instructions reach, by stores relative to the frame pointer and by addresses computed
/// from it.
///
/// Loads do not count. The caller leaves arguments that do not fit into registers at the far end of the frame, and the function loads them
/// from there; all values that the function itself keeps are stored as well.
fn deepest_frame(code: &[u8]) -> i64 {
    let mut deepest = 0;
    // The register that the previous instruction has set to the frame pointer.
    let mut copied = None;
    let mut instructions = code.chunks_exact(8);
    while let Some(&[opcode, registers, o0, o1, i0, i1, i2, i3]) = instructions.next() {
        let (destination, source) = (registers & 15, registers >> 4);
        let offset = i64::from(i16::from_le_bytes([o0, o1]));
        let immediate = i64::from(i32::from_le_bytes([i0, i1, i2, i3]));
        let stores = matches!(opcode & 7, 2 | 3);
        let reach = if stores && destination == FRAME_POINTER {
            offset
        } else if opcode == ADD_IMMEDIATE && copied == Some(destination) {
            immediate
        } else {
            0
        };
        deepest = deepest.max(-reach);
        copied = (opcode == MOVE_REGISTER && source == FRAME_POINTER).then_some(destination);
        if opcode == LOAD_WIDE {
            instructions.next();
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instruction(opcode: u8, destination: u8, source: u8, offset: i16, immediate: i32) -> Vec<u8> {
        let mut bytes = vec![opcode, source << 4 | destination];
        bytes.extend(offset.to_le_bytes());
        bytes.extend(immediate.to_le_bytes());
        bytes
    }

    #[test]
    fn sees_stores_and_addresses() {
        let load = instruction(0x79, 1, 10, -4088, 0);
        let store = instruction(0x7b, 10, 2, -128, 0);
        let mut address = instruction(0xbf, 3, 10, 0, 0);
        address.extend(instruction(0x07, 3, 0, 0, -4096));
        assert_eq!(deepest_frame(&load), 0);
        assert_eq!(deepest_frame(&[load, store.clone()].concat()), 128);
        assert_eq!(deepest_frame(&[store, address].concat()), 4096);
    }

    #[test]
    fn ignores_other_registers_and_the_second_half_of_wide_numbers() {
        let other = instruction(0x7b, 1, 10, -5000, 0);
        let mut wide = instruction(0x18, 1, 0, 0, 0);
        wide.extend(instruction(0x7b, 10, 1, -5000, 0));
        assert_eq!(deepest_frame(&[other, wide].concat()), 0);
    }

    #[test]
    fn refuses_what_is_no_program() {
        let nonsense = b"\x7fELF\x02\x01 and then something else that is long enough to hold a header......";
        for (bytes, why) in [
            (&b""[..], "it is no ELF file of 64-bit words"),
            (&nonsense[..20], "the file is cut off"),
            (&nonsense[..], "a program header is outside the file"),
        ] {
            assert_eq!(parse(bytes).unwrap_err().to_string(), why);
        }
    }
}
