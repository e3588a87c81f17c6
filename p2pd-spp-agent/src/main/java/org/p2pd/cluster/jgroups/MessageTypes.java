package org.p2pd.cluster.jgroups;

import java.io.DataInput;
import java.io.IOException;
import java.util.function.Supplier;
import org.jgroups.BytesMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.LongMessage;
import org.jgroups.Message;
import org.jgroups.MessageFactory;
import org.jgroups.ObjectMessage;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.util.Digest;
import org.jgroups.util.MutableDigest;
import org.jgroups.util.SeqnoList;
import org.jgroups.util.SizeStreamable;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of message that the engine takes from others: those that its own protocols send, and
 * none that names a class or carries a serialised object.
 */
final class MessageTypes extends MessageFactory {

  private MessageTypes() {}

  /** For all engines of this class loader. */
  static void restrict() {
    for (int type = 0; type < creators.length; type++) {
      creators[type] = MessageTypes::refuse;
    }
    creators[Message.BYTES_MSG] = PlainBytes::new;
    creators[Message.EMPTY_MSG] = EmptyMessage::new;
    creators[Message.LONG_MSG] = LongMessage::new;
    creators[Message.OBJ_MSG] = ProtocolObject::new;
  }

  private static Message refuse() {
    throw new IllegalArgumentException("a message of a refused type");
  }

  /** Bytes that are never taken for an object. */
  static final class PlainBytes extends BytesMessage {

    @Override
    public Supplier<Message> create() {
      return PlainBytes::new;
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // the engine's own signature
    public <T> T getObject(@Nullable ClassLoader unused) {
      if (isFlagSet(Flag.SERIALIZED)) {
        throw new IllegalArgumentException("a message with a serialised object");
      }
      return super.getObject(unused);
    }
  }

  /** One of the objects with which the protocols ask for what was lost, and say what is stable. */
  static final class ProtocolObject extends ObjectMessage {

    @Override
    public void readPayload(DataInput in) throws IOException, ClassNotFoundException {
      if (in.readByte() == 0) {
        obj = null;
        return;
      }
      SizeStreamable object = object(in.readShort());
      object.readFrom(in);
      obj = object;
    }

    private static SizeStreamable object(short magic) throws IOException {
      if (magic == ClassConfigurator.getMagicNumber(Digest.class)) {
        return new Digest();
      }
      if (magic == ClassConfigurator.getMagicNumber(MutableDigest.class)) {
        return new MutableDigest();
      }
      if (magic == ClassConfigurator.getMagicNumber(SeqnoList.class)) {
        return new SeqnoList();
      }
      throw new IOException("a message with an object of a refused kind");
    }
  }
}
