import { type Data, DataType } from 'apache-arrow';

/** Whether the buffers of a column hold its rows: bits, values, offsets that only rise, children. What lies inside it is not looked at. */
export function isWhole(data: Data): boolean {
  const { type, length, offset, nullBitmap, values, valueOffsets, children } = data;
  if (length === 0) return true;
  if (nullBitmap?.length && nullBitmap.length * 8 < offset + length) return false;
  if (DataType.isBool(type)) return values.length * 8 >= offset + length;
  if (DataType.isStruct(type)) return children.every(child => child.length >= length);
  if (DataType.isUtf8View(type)) return values.length >= 16 * length;
  if (valueOffsets === undefined) return values.length >= length;
  if (valueOffsets.length <= length || valueOffsets[0] < 0) return false;
  for (let i = 0; i < length; i++) if (valueOffsets[i + 1] < valueOffsets[i]) return false;
  return valueOffsets[length] <= (DataType.isList(type) || DataType.isLargeList(type) ? children[0] : values).length;
}
