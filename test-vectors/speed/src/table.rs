//! The one table.

/// One thing that was measured.
pub struct Row {
    /// What it is.
    pub what: String,
    /// The figure, with its unit.
    pub figure: String,
    /// What that is to the peer or the limit, measured in the same run.
    pub ratio: String,
    /// What it may be.
    pub limit: String,
    /// Whether it is.
    pub holds: bool,
}

/// Prints the rows, in the Markdown of the README.
pub fn print(rows: &[Row]) {
    let head = ["what", "median", "ratio", "limit", "holds"].map(str::to_owned);
    let lines: Vec<[String; 5]> = rows.iter().map(cells).collect();
    let width = |column: usize| {
        let all = lines.iter().chain([&head]);
        all.map(|line| line[column].chars().count()).max().unwrap_or(0)
    };
    let widths: [usize; 5] = core::array::from_fn(width);
    let line = |cells: &[String; 5]| {
        let padded = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!(" {cell:width$} |"));
        println!("|{}", padded.collect::<String>());
    };
    line(&head);
    line(&widths.map(|width| "-".repeat(width)));
    lines.iter().for_each(line);
}

fn cells(row: &Row) -> [String; 5] {
    let holds = if row.holds { "yes" } else { "NO" };
    [&*row.what, &row.figure, &row.ratio, &row.limit, holds].map(str::to_owned)
}
