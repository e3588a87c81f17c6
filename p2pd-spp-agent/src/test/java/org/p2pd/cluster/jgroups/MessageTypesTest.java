package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InvalidClassException;
import org.jgroups.BytesMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.LongMessage;
import org.jgroups.Message;
import org.jgroups.MessageFactory;
import org.jgroups.ObjectMessage;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.jgroups.util.Digest;
import org.jgroups.util.SeqnoList;
import org.jgroups.util.UUID;
import org.jgroups.util.Util;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken from other nodes' engines, and what is not. */
class MessageTypesTest {

  @BeforeEach
  void enforce() {
    EngineRules.enforce();
    Marker.reset();
  }

  /** As it goes over the wire and arrives. */
  private static Message arrived(Message message) throws Exception {
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream();
    out.writeShort(message.getType());
    message.writeTo(out);
    return Util.readMessage(new ByteArrayDataInputStream(out.buffer(), 0, out.position()));
  }

  @Test
  void whatTheProtocolsSendArrives() throws Exception {
    UUID address = UUID.randomUUID();
    assertThat(arrived(new EmptyMessage(address)).getDest()).isEqualTo(address);
    assertThat((long) arrived(new LongMessage(address, 5)).getObject()).isEqualTo(5L);
    assertThat((byte[]) arrived(new BytesMessage(address, new byte[] {1, 2})).getObject())
        .containsExactly(1, 2);
    SeqnoList missing = new SeqnoList(10, 1).add(3, 5);
    assertThat(arrived(new ObjectMessage(address, missing)).<SeqnoList>getObject())
        .hasToString(missing.toString());
    Digest digest = new Digest(address, 7, 9);
    assertThat(arrived(new ObjectMessage(address, digest)).<Digest>getObject()).isEqualTo(digest);
    assertThat(arrived(new ObjectMessage(address, (Object) null)).<Object>getObject()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      shorts = {
        Message.NIO_MSG,
        Message.COMPOSITE_MSG,
        Message.FRAG_MSG,
        Message.EARLYBATCH_MSG,
        8,
        31,
        32
      })
  void otherTypesAreRefused(short type) {
    assertThatThrownBy(() -> MessageFactory.create(type))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSerialisedObjectIsNotRead() {
    assertThatThrownBy(() -> arrived(new ObjectMessage(null, new Marker())))
        .hasMessageContaining("refused kind");
    assertThat(Marker.wasRead()).isFalse();
  }

  @Test
  void anObjectOfANamedClassIsNotMade() {
    assertThatThrownBy(() -> arrived(new ObjectMessage(null, new Marker.Streamed())))
        .hasMessageContaining("refused kind");
    assertThat(Marker.wasMade()).isFalse();
  }

  @Test
  void bytesAreNotTakenForAnObject() throws Exception {
    Message message = arrived(new BytesMessage(null, new Marker()));
    assertThatThrownBy(message::getObject).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(message.copy(true, true)::getObject)
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Marker.wasRead()).isFalse();
  }

  @Test
  void behindAllThatTheEngineReadsNoClass() throws Exception {
    byte[] bytes = Util.objectToByteBuffer(new Marker());
    assertThatThrownBy(() -> Util.objectFromByteBuffer(bytes))
        .isInstanceOf(InvalidClassException.class)
        .hasMessageContaining("REJECTED");
    assertThat(Marker.wasRead()).isFalse();
  }

  /** Otherwise the tests above would prove nothing. */
  @Test
  void theMarkerTellsWhenItIsRead() throws Exception {
    Marker.readPlainly(new Marker());
    assertThat(Marker.wasRead()).isTrue();
  }

  @Test
  void nobodyElsesFilterIsTouched() {
    assertThat(System.getProperty("jgroups.deserialization.filter")).isNull();
  }
}
