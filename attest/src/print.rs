//! Standard output. Whoever closed it, such as `head`, has read enough: that is an end and no failure.

use std::{
    fmt::Arguments,
    io::{ErrorKind, Write, stdout},
    process,
};

/// Prints like `println!`, and ends the process when nobody reads any more. What a command keeps, it keeps before it prints.
macro_rules! say {
    ($($argument:tt)*) => { $crate::print::out(format_args!("{}\n", format_args!($($argument)*))) };
}
pub(crate) use say;

/// Prints what has its line ends.
pub fn out(text: Arguments<'_>) {
    let mut output = stdout().lock();
    match output.write_fmt(text).and_then(|()| output.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => process::exit(0),
        Err(error) => {
            eprintln!("attest: standard output: {error} [output-unwritable]");
            process::exit(2);
        }
    }
}
