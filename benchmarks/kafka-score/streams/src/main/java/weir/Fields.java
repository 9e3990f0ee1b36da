package weir;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One record, reused from record to record: numbers and texts by place. Parsed from bytes by Jackson's streaming parser. */
final class Fields {
  private static final List<String> NUMBERS = List.of(
      "encounter_id", "admission_type", "discharge", "admission_source", "days", "labs", "procedures", "medications",
      "outpatient", "emergency", "inpatient", "diagnoses", "age_mid", "visits_before", "medications_a_day", "labs_a_day");
  private static final List<String> TEXTS = List.of(
      "patient_nbr", "race", "gender", "age", "payer", "specialty", "diag_1", "diag_2", "diag_3", "max_glu", "a1c",
      "metformin", "repaglinide", "nateglinide", "glimepiride", "glipizide", "glyburide", "pioglitazone", "rosiglitazone",
      "acarbose", "insulin", "glyburide_metformin", "change", "on_drugs", "dx1", "dx2", "dx3", "code1", "code2", "code3",
      "diabetes_first", "admission_kind", "discharged_to", "came_from");
  private static final Map<String, Integer> PLACES = new HashMap<>();

  static {
    for (int i = 0; i < NUMBERS.size(); i++) PLACES.put(NUMBERS.get(i), i);
    for (int i = 0; i < TEXTS.size(); i++) PLACES.put(TEXTS.get(i), -1 - i);
  }

  private static final Pattern DECADE = Pattern.compile("\\[(\\d+)-");
  private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");
  private static final JsonFactory JSON = new JsonFactory();

  final double[] numbers = new double[NUMBERS.size()];
  final String[] texts = new String[TEXTS.size()];

  int number(String name) {
    return place(name, NUMBERS);
  }

  int text(String name) {
    return place(name, TEXTS);
  }

  private static int place(String name, List<String> names) {
    int place = names.indexOf(name);
    if (place < 0) throw new IllegalArgumentException("no field " + name);
    return place;
  }

  void parse(byte[] record) throws IOException {
    Arrays.fill(numbers, Double.NaN);
    Arrays.fill(texts, null);
    try (JsonParser parser = JSON.createParser(record)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        Integer place = PLACES.get(parser.currentName());
        JsonToken value = parser.nextToken();
        if (place == null || value == JsonToken.VALUE_NULL) continue;
        if (place >= 0) numbers[place] = parser.getDoubleValue();
        else texts[-1 - place] = parser.getText();
      }
    }
  }

  private static final int AGE_MID = NUMBERS.indexOf("age_mid");
  private static final int DAYS = NUMBERS.indexOf("days");
  private static final int LABS = NUMBERS.indexOf("labs");
  private static final int MEDICATIONS = NUMBERS.indexOf("medications");
  private static final int OUTPATIENT = NUMBERS.indexOf("outpatient");
  private static final int EMERGENCY = NUMBERS.indexOf("emergency");
  private static final int INPATIENT = NUMBERS.indexOf("inpatient");
  private static final int VISITS_BEFORE = NUMBERS.indexOf("visits_before");
  private static final int MEDICATIONS_A_DAY = NUMBERS.indexOf("medications_a_day");
  private static final int LABS_A_DAY = NUMBERS.indexOf("labs_a_day");
  private static final int AGE = TEXTS.indexOf("age");
  private static final int DIAG = TEXTS.indexOf("diag_1");
  private static final int DX = TEXTS.indexOf("dx1");
  private static final int CODE = TEXTS.indexOf("code1");
  private static final int DIABETES_FIRST = TEXTS.indexOf("diabetes_first");
  private static final String[][] NAMED = {
    {"admission_type", "admission_kind"}, {"discharge", "discharged_to"}, {"admission_source", "came_from"}
  };
  private static final int[][] NAMED_PLACES = new int[NAMED.length][];

  static {
    for (int i = 0; i < NAMED.length; i++) {
      NAMED_PLACES[i] = new int[] {NUMBERS.indexOf(NAMED[i][0]), TEXTS.indexOf(NAMED[i][1])};
    }
  }

  /** `visit_columns` of visits.flow. */
  void derive() {
    Matcher decade = DECADE.matcher(texts[AGE]);
    numbers[AGE_MID] = (decade.find() ? Integer.parseInt(decade.group(1)) : 50) + 5;
    for (int n = 0; n < 3; n++) {
      String code = texts[DIAG + n];
      texts[DX + n] = chapter(code == null || !NUMBER.matcher(code).matches() ? -1 : Double.parseDouble(code));
      int point = code == null ? -1 : code.indexOf('.');
      texts[CODE + n] = code == null ? "?" : point < 0 ? code : code.substring(0, point);
    }
    texts[DIABETES_FIRST] = String.valueOf(texts[DX].equals("diabetes"));
    numbers[VISITS_BEFORE] = numbers[OUTPATIENT] + numbers[EMERGENCY] + numbers[INPATIENT];
    numbers[MEDICATIONS_A_DAY] = numbers[MEDICATIONS] / numbers[DAYS];
    numbers[LABS_A_DAY] = numbers[LABS] / numbers[DAYS];
    for (int[] named : NAMED_PLACES) texts[named[1]] = String.valueOf((long) numbers[named[0]]);
  }

  private static String chapter(double n) {
    if ((n >= 390 && n <= 459.9) || n == 785) return "circulatory";
    if ((n >= 460 && n <= 519.9) || n == 786) return "respiratory";
    if ((n >= 520 && n <= 579.9) || n == 787) return "digestive";
    if (n >= 250 && n <= 250.99) return "diabetes";
    if (n >= 800 && n <= 999.9) return "injury";
    if (n >= 710 && n <= 739.9) return "musculoskeletal";
    if ((n >= 580 && n <= 629.9) || n == 788) return "genitourinary";
    if (n >= 140 && n <= 239.9) return "neoplasms";
    return "other";
  }
}
