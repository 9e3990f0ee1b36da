import type { Column } from '../contract/batch.ts';
import type { Type } from '../contract/types.ts';
import { columnWriter } from './column-writer.ts';

/** A column of nothing but nulls. */
export function nullColumn(type: Type, rows: number): Column {
  const writer = columnWriter(type);
  for (let row = 0; row < rows; row++) writer.appendNull();
  return writer.finish();
}
