import { Option } from 'commander';

/** `--allow-drop NAME`, the same for the commands that hold a changed flow against what its stream has left. */
export function allowDropOption(): Option {
  return new Option('--allow-drop <name>', 'a stage whose state a changed flow may give up; may be repeated').argParser(
    (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
  );
}
