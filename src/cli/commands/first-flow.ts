/** What `weir init` writes. A test runs every command it names. */
export const FIRST_FLOW = `// Your first flow: generated visits in, the long stays and a count per ward out.
// Run it:      weir run first.flow
// Look inside: weir preview first.flow long
// Test it:     weir test first.flow
flow first v1

/// How many visits to generate: weir run first.flow --param rows=5000
param rows: int in 1.. = 1000

/// A visit. "@entity" says who a row is about; "@phi" keeps the value out of logs and metrics.
schema Visit {
  visit_id: int @id
  patient: string @entity @phi
  ward: enum("A", "B", "C")
  days: int in 1..30
  cost: float? in 0.0..20000.0
}

// A source reads rows; here they are made up, the same ones each time. For a file of your own:
//   source visits = file("visits.csv") { schema: Visit, on_bad: dlq("visits.bad") }
source visits = generate(rows: $rows, seed: 1) { schema: Visit }

/// A binding names rows. "cost ?? 0.0" says what a missing cost counts as.
let long = visits
  | where days >= 7
  | derive { per_day = (cost ?? 0.0) / days }

// A sink ends the flow. Nothing runs that no sink (or "weir preview") asks for.
sink stays = long | select { visit_id, ward, days, per_day } | write file("long-stays.csv")
sink wards = visits | aggregate by: ward { visits = count(), mean_days = mean(days) } | write file("wards.csv")

test "only long stays pass" {
  given visits [
    { visit_id: 1, patient: "p1", ward: "A", days: 10, cost: 500.0 }
    { visit_id: 2, patient: "p2", ward: "B", days: 2, cost: 80.0 }
  ]
  expect long [{ visit_id: 1, per_day: 49.9..50.1 }]
}
`;
