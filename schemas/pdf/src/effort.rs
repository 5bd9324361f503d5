//! How much drawing a file may ask for.
//!
//! A file of a few bytes can ask for any amount: a form that draws another ten times, which draws another ten times. So
//! what a page asks for is counted before it is drawn.

use crate::Error;
use hayro_interpret::hayro_syntax::{
    content::{TypedIter, ops::TypedInstruction},
    object::{
        Name, Stream,
        dict::keys::{FORM, RESOURCES, SUBTYPE},
    },
    page::{Page, Resources},
};

/// Most instructions of all pages: a page of dense text has about 5,000, a code drawn module by module 10,000.
const MAX_INSTRUCTIONS: usize = 500_000;

/// Most pixels and corners drawn: some twenty sheets full.
const MAX_DRAWN: usize = 150_000_000;

/// As deep as forms are drawn within forms.
const MAX_DEPTH: usize = 12;

/// What is left of the effort for a file.
pub(crate) struct Effort {
    instructions: usize,
    drawn: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            instructions: MAX_INSTRUCTIONS,
            drawn: MAX_DRAWN,
        }
    }
}

impl Effort {
    /// Counts a page's instructions, those of its forms each time that they are drawn.
    pub(crate) fn of_page(&mut self, page: &Page<'_>) -> Result<(), Error> {
        self.count(page.typed_operations(), page.resources(), 0)
    }

    /// What may still be drawn.
    pub(crate) fn left(&self) -> usize {
        self.drawn
    }

    /// Takes what a page left; nothing left is too much asked for.
    pub(crate) fn spent(&mut self, left: usize) -> Result<(), Error> {
        self.drawn = left;
        match left {
            0 => Err(too_much("drawing, in pixels,", MAX_DRAWN)),
            _ => Ok(()),
        }
    }

    fn count(
        &mut self,
        mut instructions: TypedIter<'_>,
        resources: &Resources<'_>,
        depth: usize,
    ) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(too_much("depth of forms", MAX_DEPTH));
        }
        while let Some(instruction) = instructions.next() {
            self.take(1)?;
            if let TypedInstruction::XObject(name) = instruction
                && let Some(stream) = resources.get_x_object(name.0)
                && is_form(&stream)
                && let Ok(content) = stream.decoded_data()
            {
                // Unpacking costs, too.
                self.take(content.len() / 64)?;
                let own = stream.dict().get(RESOURCES).map(Resources::new);
                self.count(
                    TypedIter::new(content.as_ref()),
                    own.as_ref().unwrap_or(resources),
                    depth + 1,
                )?;
            }
        }
        Ok(())
    }

    fn take(&mut self, count: usize) -> Result<(), Error> {
        self.instructions = self
            .instructions
            .checked_sub(count)
            .ok_or(too_much("drawing, in instructions,", MAX_INSTRUCTIONS))?;
        Ok(())
    }
}

fn is_form(stream: &Stream<'_>) -> bool {
    stream
        .dict()
        .get::<Name<'_>>(SUBTYPE)
        .is_some_and(|name| &*name == FORM)
}

fn too_much(what: &'static str, limit: usize) -> Error {
    Error::TooLong { what, limit }
}
