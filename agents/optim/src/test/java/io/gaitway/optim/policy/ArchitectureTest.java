package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gaitway.client.simulation.Controller.Activation;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArchitectureTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10|10|10|10 hidden units",
        "1|1|1|1 hidden unit",
        "64,64|64x64|'\"64x64\"'|64, 64 hidden units",
        "64x32|64x32|'\"64x32\"'|64, 32 hidden units",
        "5-softplus|5|5|5 hidden units",
        "5-tanh|5-tanh|'\"5-tanh\"'|5 hidden units (tanh)",
        "400,300-relu|400x300-relu|'\"400x300-relu\"'|400, 300 hidden units (relu)",
      })
  void isWrittenAndReadInAllItsForms(String given, String shortName, String json, String words)
      throws JsonProcessingException {
    Architecture architecture = Architecture.parse(given);
    assertEquals(shortName, architecture.shortName());
    assertEquals(architecture, Architecture.parse(shortName));
    assertEquals(words, architecture.toString());
    ObjectMapper mapper = new ObjectMapper();
    assertEquals(json, mapper.writeValueAsString(architecture));
    assertEquals(architecture, mapper.readValue(json, Architecture.class));
  }

  @Test
  void hasSizesAndAnActivation() {
    assertEquals(new Architecture(List.of(3, 4), Activation.ELU), Architecture.parse("3x4-elu"));
    assertEquals(new Architecture(List.of(3, 4), Activation.SOFTPLUS), Architecture.of(3, 4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ten|hidden layers must be written like 10, 64x64 or 64x64-tanh, but are 'ten'",
        "''|hidden layers must be written like 10, 64x64 or 64x64-tanh, but are ''",
        "64,|hidden layers must be written like 10, 64x64 or 64x64-tanh, but are '64,'",
        "6.4|hidden layers must be written like 10, 64x64 or 64x64-tanh, but are '6.4'",
        "-5|hidden layers must be written like 10, 64x64 or 64x64-tanh, but are '-5'",
        "0|a hidden layer must have 1 to 4096 units, but has 0",
        "64,4097|a hidden layer must have 1 to 4096 units, but has 4097",
        "64-cube|the activation must be one of linear, softplus, tanh, relu, elu, sigmoid, silu, but"
            + " is 'cube'",
      })
  void refusesOthersByName(String given, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Architecture.parse(given));
    assertEquals(message, e.getMessage());
  }

  @Test
  void hasNoMoreLayersThanAPolicyFile() {
    Architecture deep = new Architecture(Collections.nCopies(63, 1), Activation.TANH);
    assertEquals(63, deep.hidden().size());
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Architecture(Collections.nCopies(64, 1), Activation.TANH));
    assertEquals("a network must have 1 to 63 hidden layers, but has 64", e.getMessage());
  }
}
