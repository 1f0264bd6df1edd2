//! From instructions to source lines.

use std::collections::BTreeMap;

use addr2line::{Context, gimli};
use anyhow::{Context as _, Result};
use object::{Object, ObjectSection};

/// Bytes of an instruction.
const WIDTH: u64 = 8;
/// Loads a number of 64 bits; it takes the space of two instructions.
const LOAD_WIDE: u8 = 0x18;
/// Notes of the tests (`tests/src/coverage.rs`).
const EXECUTED: u8 = 1;
const WENT_ON: u8 = 2;
const JUMPED: u8 = 4;
/// Folders of the sources that count.
const SOURCES: [&str; 2] = ["programs/evergreen/src/", "programs/evergreen-math/src/"];

/// What is known about a line that has instructions.
#[derive(Clone, Copy, Default)]
pub struct Line {
    /// Whether one of them was executed.
    pub executed: bool,
    /// Ways out of its conditional jumps: two of each.
    pub ways: u32,
    /// How many of them were taken.
    pub taken: u32,
}

/// The lines of a file that have instructions.
pub type File = BTreeMap<u32, Line>;

/// Returns the lines of the program's sources. Code that the compiler has copied to several places is one line: a way out of a jump that was taken in one
/// copy counts there alone.
pub fn of(elf: &[u8], seen: &[u8]) -> Result<BTreeMap<String, File>> {
    let object = object::File::parse(elf)?;
    let text = object.section_by_name(".text").context("the program has no instructions")?.uncompressed_data()?;
    let sections = gimli::DwarfSections::load(|id| -> Result<Vec<u8>> {
        let data = object.section_by_name(id.name()).map(|section| section.uncompressed_data()).transpose()?;
        Ok(data.unwrap_or_default().into_owned())
    })?;
    let context = Context::from_dwarf(sections.borrow(|data| gimli::EndianSlice::new(data, gimli::LittleEndian)))?;
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    let end = text.len() as u64;
    for (start, length, _) in context.find_location_range(0, end)? {
        let places = places(&context, start)?;
        let Some(innermost) = places.first() else { continue };
        let mut seen_here = 0;
        let (mut ways, mut taken) = (0, 0);
        let mut at = start.next_multiple_of(WIDTH);
        while at < (start + length).min(end) {
            let opcode = text[usize::try_from(at)?];
            let notes = seen.get(usize::try_from(at / WIDTH)?).copied().unwrap_or(0);
            seen_here |= notes;
            if is_conditional(opcode) {
                ways += 2;
                taken += u32::from(notes & WENT_ON != 0) + u32::from(notes & JUMPED != 0);
            }
            at += if opcode == LOAD_WIDE { 2 * WIDTH } else { WIDTH };
        }
        for place in &places {
            let line = files.entry(place.0.clone()).or_default().entry(place.1).or_default();
            line.executed |= seen_here & EXECUTED != 0;
            if place == innermost {
                line.ways += ways;
                line.taken += taken;
            }
        }
    }
    Ok(files)
}

/// Returns the lines of the program's sources that an instruction belongs to: that of the innermost function, and those that call what was inlined.
fn places<R: gimli::Reader>(context: &Context<R>, at: u64) -> Result<Vec<(String, u32)>> {
    let mut frames = context.find_frames(at).skip_all_loads()?;
    let mut places = Vec::new();
    while let Some(frame) = frames.next()? {
        let Some((Some(path), Some(line))) = frame.location.map(|location| (location.file, location.line)) else {
            continue;
        };
        let file = SOURCES.iter().find_map(|folder| path.find(folder).map(|at| path[at..].to_owned()));
        // The compiler gives code of no line the number nought.
        if let (Some(file), 1..) = (file, line) {
            places.push((file, line));
        }
    }
    Ok(places)
}

/// Tells whether an instruction jumps on a condition.
const fn is_conditional(opcode: u8) -> bool {
    // Classes of jumps; their operations 0, 8 and 9 jump always, call and return.
    matches!(opcode & 7, 5 | 6) && !matches!(opcode >> 4, 0 | 8 | 9)
}
