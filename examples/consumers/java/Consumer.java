import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.header.Header;

/**
 * Keeps what a partner's own Kafka topic tells, as files: facts/ID.json, people/ID.json, erased/ID.
 *
 * <pre>
 *   KAFKA_BOOTSTRAP=kafka.example:9094 KAFKA_USER=partner.ibh KAFKA_PASSWORD=... KAFKA_CA=ca.pem \
 *     STORE=kept java -cp 'kafka-clients-4.3.1.jar:slf4j-api-1.7.36.jar:lz4-java-1.8.0.jar' Consumer.java
 * </pre>
 *
 * An event comes at least once: a fact's file has its id for a name, so that a second one is known.
 * Kafka hears that something is done when its file is in place. Whatever fails ends the program;
 * started again, it goes on from there, and nothing is passed over.
 */
public final class Consumer {
  private static final Pattern VERSION = Pattern.compile("\"version\":\\s*(\\d+)");

  public static void main(String[] args) throws IOException {
    String user = System.getenv("KAFKA_USER");
    String topic = System.getenv().getOrDefault("TOPIC", user + ".events");
    Path store = Path.of(System.getenv("STORE"));
    for (String kind : List.of("facts", "people", "erased")) {
      Files.createDirectories(store.resolve(kind));
    }
    try (var consumer = new KafkaConsumer<String, String>(settings(user))) {
      consumer.subscribe(List.of(topic));
      while (true) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
          Map<String, String> ce = attributes(record);
          boolean fresh = keep(store, ce, record.value());
          System.out.println((fresh ? "kept " : "known ") + ce.get("type") + " " + ce.get("id"));
        }
        consumer.commitSync();
      }
    }
  }

  /** Whether it was new. A person as they are now: the highest version, and nobody who was erased. */
  static boolean keep(Path store, Map<String, String> ce, String data) throws IOException {
    String subject = safe(ce.get("subject"));
    Path person = store.resolve("people").resolve(subject + ".json");
    Path erased = store.resolve("erased").resolve(subject);
    switch (ce.get("type")) {
      case "person.erased.v1":
        boolean known = Files.exists(erased);
        put(erased, "");
        Files.deleteIfExists(person);
        return !known;
      case "person.recorded.v1":
        boolean older = Files.exists(person) && version(Files.readString(person)) >= version(data);
        if (Files.exists(erased) || older) {
          return false;
        }
        put(person, data);
        return true;
      default:
        Path fact = store.resolve("facts").resolve(safe(ce.get("id")) + ".json");
        if (Files.exists(fact)) {
          return false;
        }
        put(fact, data);
        return true;
    }
  }

  /** CloudEvents in Kafka's binary mode: its attributes are headers, the value is its data. */
  static Map<String, String> attributes(ConsumerRecord<String, String> record) {
    Map<String, String> found = new HashMap<>();
    for (Header each : record.headers()) {
      if (each.key().startsWith("ce_")) {
        found.put(each.key().substring(3), new String(each.value(), StandardCharsets.UTF_8));
      }
    }
    return found;
  }

  static Properties settings(String user) {
    String login = "org.apache.kafka.common.security.scram.ScramLoginModule required";
    String secret = System.getenv("KAFKA_PASSWORD");
    Properties told = new Properties();
    told.put("bootstrap.servers", System.getenv("KAFKA_BOOTSTRAP"));
    told.put("group.id", System.getenv().getOrDefault("GROUP", user + ".keeper")); // or refused
    told.put("security.protocol", "SASL_SSL");
    told.put("sasl.mechanism", "SCRAM-SHA-512");
    told.put("sasl.jaas.config",
        login + " username=\"" + user + "\" password=\"" + secret + "\";");
    if (System.getenv("KAFKA_CA") != null) {
      told.put("ssl.truststore.type", "PEM");
      told.put("ssl.truststore.location", System.getenv("KAFKA_CA"));
    }
    String text = "org.apache.kafka.common.serialization.StringDeserializer";
    told.put("key.deserializer", text);
    told.put("value.deserializer", text);
    told.put("auto.offset.reset", "earliest");
    told.put("enable.auto.commit", "false");
    return told;
  }

  /** All of it or nothing is there, whenever the machine stops. */
  private static void put(Path file, String text) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static long version(String data) {
    var found = VERSION.matcher(data);
    return found.find() ? Long.parseLong(found.group(1)) : 0;
  }

  private static String safe(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }
}
