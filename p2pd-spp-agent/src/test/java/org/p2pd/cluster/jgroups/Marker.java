package org.p2pd.cluster.jgroups;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import org.jgroups.util.SizeStreamable;

/** An object that tells when it has been deserialised, as an attacker's would do worse. */
final class Marker implements Serializable {

  private static final long serialVersionUID = 1;
  private static volatile boolean read;
  private static volatile boolean made;

  static void reset() {
    read = false;
    made = false;
  }

  static boolean wasRead() {
    return read;
  }

  /** Whether a {@link Streamed} was made since then by whoever was told its name. */
  static boolean wasMade() {
    return made;
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    read = true;
  }

  static void readPlainly(Marker marker) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(marker);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      in.readObject();
    }
  }

  /** One that the engine would make after its name. */
  public static final class Streamed implements SizeStreamable {

    @Override
    public int serializedSize() {
      return 0;
    }

    @Override
    public void writeTo(DataOutput out) {}

    @Override
    public void readFrom(DataInput in) {
      made = true;
    }
  }
}
