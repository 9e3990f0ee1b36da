package weir;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The fitted transform and the trees, as the benchmark wrote them down; everything is looked up by place once the program runs. */
final class Model {
  private record Impute(int text, String value) {}

  private record Copy(int feature, int number) {}

  private record Lookup(int feature, int text, Map<String, Integer> places) {}

  private record OneHot(int text, Map<String, Integer> places, int[] features, int missing, int unknown) {}

  final String version;
  final int features;
  private final double base;
  private final List<Impute> imputes = new ArrayList<>();
  private final List<Copy> copies = new ArrayList<>();
  private final List<Lookup> lookups = new ArrayList<>();
  private final List<OneHot> oneHots = new ArrayList<>();
  private final int[] treeStart;
  private final int[] feature;
  private final double[] threshold;
  private final boolean[] missingLeft;
  private final int[] left;
  private final double[] value;

  Model(File file, Fields fields) throws IOException {
    JsonNode json = new ObjectMapper().readTree(file);
    version = json.get("version").asText();
    base = json.get("base").asDouble();
    Map<String, Integer> places = new HashMap<>();
    for (JsonNode name : json.get("features")) places.put(name.asText(), places.size());
    features = places.size();
    for (JsonNode step : json.get("steps")) {
      int text = fields.text(step.get("column").asText());
      JsonNode fitted = step.get("fitted");
      switch (step.get("rule").asText()) {
        case "value" -> imputes.add(new Impute(text, fitted.get("value").asText()));
        case "ordinal", "flag" -> {
          JsonNode order = fitted.has("order") ? fitted.get("order") : fitted.get("values");
          lookups.add(new Lookup(places.remove(step.get("column").asText()), text, placesOf(order, null)));
        }
        case "onehot" -> {
          JsonNode outputs = step.get("outputs");
          int[] of = new int[outputs.size()];
          for (int i = 0; i < of.length; i++) of[i] = places.remove(outputs.get(i).asText());
          Map<String, Integer> known = placesOf(fitted.get("categories"), fitted.get("indicators"));
          oneHots.add(new OneHot(text, known, of, fitted.get("missing").asInt(), fitted.get("unknown").asInt()));
        }
        default -> throw new IOException("a rule that this program does not know: " + step.get("rule"));
      }
    }
    places.forEach((name, place) -> copies.add(new Copy(place, fields.number(name))));
    JsonNode forest = json.get("forest");
    treeStart = ints(forest.get("treeStart"));
    feature = ints(forest.get("feature"));
    left = ints(forest.get("left"));
    threshold = doubles(forest.get("threshold"));
    value = doubles(forest.get("value"));
    int[] missing = ints(forest.get("missingLeft"));
    missingLeft = new boolean[missing.length];
    for (int i = 0; i < missing.length; i++) missingLeft[i] = missing[i] == 1;
  }

  /** `row` is filled on the way. */
  double probability(Fields fields, double[] row) {
    String[] texts = fields.texts;
    for (Impute impute : imputes) if (texts[impute.text] == null) texts[impute.text] = impute.value;
    for (Copy copy : copies) row[copy.feature] = fields.numbers[copy.number];
    for (Lookup lookup : lookups) {
      Integer place = lookup.places.get(texts[lookup.text]);
      row[lookup.feature] = place == null ? Double.NaN : place;
    }
    for (OneHot one : oneHots) {
      for (int output : one.features) row[output] = 0;
      String text = texts[one.text];
      int place = text == null ? one.missing : one.places.getOrDefault(text, one.unknown);
      if (place >= 0) row[one.features[place]] = 1;
    }
    double margin = base;
    for (int tree = 0; tree + 1 < treeStart.length; tree++) margin += leaf(treeStart[tree], row);
    // StrictMath, for its last bit is the same everywhere.
    return 1 / (1 + StrictMath.exp(-margin));
  }

  private double leaf(int start, double[] row) {
    int at = start;
    while (feature[at] >= 0) {
      double x = row[feature[at]];
      boolean goesLeft = Double.isNaN(x) ? missingLeft[at] : x <= threshold[at];
      at = start + left[at] + (goesLeft ? 0 : 1);
    }
    return value[at];
  }

  private static Map<String, Integer> placesOf(JsonNode names, JsonNode given) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < names.size(); i++) places.put(names.get(i).asText(), given == null ? i : given.get(i).asInt());
    return places;
  }

  private static int[] ints(JsonNode array) {
    int[] all = new int[array.size()];
    for (int i = 0; i < all.length; i++) all[i] = array.get(i).asInt();
    return all;
  }

  private static double[] doubles(JsonNode array) {
    double[] all = new double[array.size()];
    for (int i = 0; i < all.length; i++) all[i] = array.get(i).asDouble();
    return all;
  }
}
