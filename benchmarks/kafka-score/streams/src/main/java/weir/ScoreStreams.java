package weir;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** Records of one topic in, alerts of another out, exactly once. Arguments: brokers, model file, topics in and out, threshold, state folder, threads. */
public final class ScoreStreams {
  private static final Set<Integer> GONE = Set.of(11, 13, 14, 19, 20, 21);

  /** A thread's own record and row, used again for each record. */
  private static final class Scratch {
    final Fields fields = new Fields();
    final double[] row;

    Scratch(Model model) {
      row = new double[model.features];
    }
  }

  public static void main(String[] args) throws IOException {
    Fields fields = new Fields();
    Model model = new Model(new File(args[1]), fields);
    double threshold = Double.parseDouble(args[4]);
    int discharge = fields.number("discharge");
    int encounter = fields.number("encounter_id");
    int patient = fields.text("patient_nbr");
    ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(() -> new Scratch(model));

    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(args[2], Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .mapValues(record -> {
          Scratch own = scratch.get();
          Fields stay = own.fields;
          try {
            stay.parse(record);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          if (GONE.contains((int) stay.numbers[discharge])) return null;
          stay.derive();
          double p = model.probability(stay, own.row);
          if (p < threshold) return null;
          return ("{\"encounter_id\":" + (long) stay.numbers[encounter] + ",\"patient_nbr\":\"" + stay.texts[patient]
                  + "\",\"p\":" + p + ",\"model\":\"" + model.version + "\"}")
              .getBytes(StandardCharsets.UTF_8);
        })
        .filter((key, alert) -> alert != null)
        .to(args[3], Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));

    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "score-" + args[3]);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[6]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[5]);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(e -> {
      e.printStackTrace();
      return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }
}
