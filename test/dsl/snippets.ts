/** Small flows that use every piece of the grammar, for the parser, the formatter and the fuzzer. */
export const SNIPPETS: Readonly<Record<string, string>> = {
  watch: `flow watch v12
import { Visit, day } from "./visit.flow"
param threshold: float in 0.0..1.0 = 0.35
param data: string // no default: required
param token: secret = env("TOKEN")
param since: date = @2026-01-31

/// One measurement.
/// Two lines of it.
schema Vital {
  ..Visit
  patient_id: string @entity @phi, ts: timestamp
  /// Oxygen, in percent.
  spo2:   float? in 0.0..100.0 @unit("%")
  pulse:  int in 1.. @unit("/min")
  temp:   float in -10.0..45.5
  codes:  list<string?>
  image:  tensor<f32>[h, w, 3]
  sex:    enum("F", "M", "X")?
}

source vitals = topic("vitals", partitions: 4) {
  format: json, schema: Vital, time: ts, lateness: 2m, nulls: ["?", ""], max: 64MB
  map: { spo2: "O2", "odd name": dir(-1) }, on_bad: dlq("bad"), on_range: null
}
table wards = file("wards.csv") { schema: Ward, key: ward, on_bad: fail }
model risk = registry("risk") { serve: champion, predicts: bool, fallback: skip }
schedule nightly = cron("0 3 * * *") { zone: "Europe/Berlin", retries: 2 }
`,
  registered: `param kinds: list<string>
schema Whole from registry("ehr.visits-value", version: 3)
schema Part from registry("ehr.visits-value", version: 3, url: "http://127.0.0.1:8081", user: env("U")) { ..Whole, from: string? }
schema from from registry("a", version: 1) {}
schema Odd from registry("a",
  version: 1 // which one
) { x: int, ..
  ..Part
  .. // and the others
}
`,
  words: `flow words v1
schema Odd { source: string, model: int, test: bool, flow: float?, let: int, param: int, sink: int, given: int, from: int }
source table = file("x.csv") { schema: Odd, on_bad: fail }
let model = table | where source == "a" and model > 1 | sort by: model
let test = model
  | derive {
      source = concat(source, "x")
      let = let + param * sink
      model = given
    }
  | drop source
let sum = model | where let, of: let +
test { given = 1 }
sink sink = test | select { test, flow, from } | write topic("t"), key: test
test "words" {
  given table [{ source: "a", model: 2, given: 1 }]
  expect given []
  expect test [{ test: true }]
}
`,
  expressions: `fn all(x: float, y: float?, s: string) = (x + 1.5e-3) * -x / 2 % 3 - -(x - y) ?? 0.0
fn conditions(x: int) = not x in 1..5 and x != 3 or x not in [7, 8, 9,] and not (x == -1) or x in 10.. or x in ..0
fn texts() = concat("a \\"quoted\\" text", "\\\\d+\\t", 'u{e9}')
fn wide(n: float) = case(
  n in 390.0..459.9 or n == 785.0, "circulatory",
  n in 460.0..519.9, "respiratory",
  "other")
fn parts(m: float) = m.a.b.c + top(m, 3, lang: "en").x
fn times(t: timestamp) = t >= @2026-01-01T00:00:00Z and t < @2026-01-01T00:00:00.5+01:00 and d == @2026-02-28 and t - u > 90m
`.replace("'u{e9}'", '"\\u{e9}"'),
  blocks: `let day = pipeline(rows: Visit, labs: Lab, size: int = 224, by: column = id) {
  | join $labs, on: patient_id, kind: left
  | window trailing(24h), by: [patient_id, ward], emit: on_arrival {
      *
      hr_mean = mean(hr), n = count()
      [a, b] = last
    }
  | impute { [x, y] = median, z = 97.0 } // trailing
  | normalize { age = minmax, * = zscore }
  // on its own line
  | retry { | where x > 1 | limit 3 }
  | limit $size
}
let empty = pipeline { }
let cnn = rows | train cnn, label: y, seed: 7,
    rounds: 30 {
    layers = [conv(16, 3), relu, dense(4)]
  }
let scored = parts.train | apply day, labs: labs | join out, on: id { * } | score risk { p = probability(true) }
test "steps" {
  given $red 7
  given risk [{ patient_nbr: "p1", "true": 0.91 } { "true": 0.05 }]
  given visits file("fixtures/visits.ndjson")
  advance 1h
  expect alerts [
    { patient_nbr: "p1", p: 0.9..1.0 }
    { p: ..0.5 }, { p: 0.5.. }
  ]
  expect visits.bad []
}
`,
  one_line: `flow one_line v1 param a: int = 1 let b = c | where d == a let e = b sink f = e | write stdout()`,
  windows_line_ends: 'flow crlf v1\r\n// note\r\nlet a = b\r\n  | where c\r\n',
};
