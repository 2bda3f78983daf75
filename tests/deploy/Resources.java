import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Map;

/** Reads resources (a JSON array) as Strimzi's operator does, and tells of each field it knows not. */
public class Resources {
  static final Map<String, String> KINDS = Map.of(
      "Kafka", "kafka.Kafka", "KafkaNodePool", "nodepool.KafkaNodePool",
      "KafkaTopic", "topic.KafkaTopic", "KafkaUser", "user.KafkaUser");

  public static void main(String[] args) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    mapper.configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true);
    int read = 0;
    for (JsonNode one : mapper.readTree(new File(args[0]))) {
      String kind = one.get("kind").asText();
      Class<?> type = Class.forName("io.strimzi.api.kafka.model." + KINDS.get(kind));
      String where = kind + "/" + one.get("metadata").get("name").asText();
      try {
        Object value = mapper.treeToValue(one, type);
        tell(value, where);
        lost(one, mapper.valueToTree(value), where);
      } catch (com.fasterxml.jackson.core.JsonProcessingException why) {
        System.out.println(where + ": " + why.getOriginalMessage());
      }
      read++;
    }
    System.out.println("read " + read);
  }

  /** A word that is none of an enumeration is read as nothing: it does not come back. */
  static void lost(JsonNode given, JsonNode back, String where) {
    if (given.isBoolean() && !given.asBoolean()) return; // a default is not written
    if (back == null || back.isNull()) {
      System.out.println(where + ": not taken " + given);
    } else if (given.isObject()) {
      given.fields().forEachRemaining(
          each -> lost(each.getValue(), back.get(each.getKey()), where + "." + each.getKey()));
    } else if (given.isArray()) {
      for (int n = 0; n < given.size(); n++) lost(given.get(n), back.get(n), where + "[]");
    }
  }

  static void tell(Object value, String where) throws IllegalAccessException {
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> each : map.entrySet()) tell(each.getValue(), where + "." + each.getKey());
    } else if (value instanceof Collection<?> list) {
      for (Object each : list) tell(each, where + "[]");
    } else if (value != null && !value.getClass().isEnum()
        && value.getClass().getName().matches("io\\.(strimzi|fabric8)\\..*")) {
      for (Method each : value.getClass().getMethods()) {
        if (each.isBridge() || each.getParameterCount() > 0 || !each.getName().startsWith("get")) {
          continue;
        }
        Object got;
        try {
          got = each.invoke(value);
        } catch (InvocationTargetException none) {
          continue;
        }
        if (!each.getName().equals("getAdditionalProperties")) {
          tell(got, where + "." + each.getName().substring(3));
        } else if (got instanceof Map<?, ?> unknown && !unknown.isEmpty()) {
          System.out.println(where + ": unknown " + unknown.keySet());
        }
      }
    }
  }
}
