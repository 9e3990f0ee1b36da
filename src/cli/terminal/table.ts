/** Rows as aligned columns; numbers to the right. The first row is the head. */
export function alignedTable(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => width(row[column] ?? ''))));
  const rightward = widths.map((_, column) =>
    rows.slice(1).every(row => /^$|^[-+]?\d[\d.,]*([eE][-+]?\d+)?[%a-zA-Z/ ]{0,6}$|^—$/.test(row[column] ?? '')),
  );
  return rows
    .map(row => {
      const cells = row.map((cell, column) => {
        const space = ' '.repeat(Math.max(0, widths[column] - width(cell)));
        return rightward[column] ? space + cell : cell + space;
      });
      return `${indent}${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** Code points; near enough for the names and numbers shown. */
function width(text: string): number {
  return [...text].length;
}
