package org.p2pd.delivery;

import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes buffers to a servlet's output. {@code write(ByteBuffer)} is Servlet 6.1; Tomcat 10.1 has
 * it on its own class, so it is looked for there. A container without it gets a copy.
 */
final class OutputBytes {

  private static final MethodType WRITE = MethodType.methodType(void.class, ByteBuffer.class);

  /**
   * How the outputs of one class are written to.
   *
   * @param handle none where the class has no such method
   */
  private record Way(Class<?> type, @Nullable MethodHandle handle) {

    static Way of(Class<?> type) {
      try {
        MethodHandle found =
            MethodHandles.publicLookup()
                .findVirtual(type, "write", WRITE)
                .asType(
                    MethodType.methodType(void.class, ServletOutputStream.class, ByteBuffer.class));
        return new Way(type, found);
      } catch (NoSuchMethodException | IllegalAccessException e) {
        return new Way(type, null); // policy: slower, but right
      }
    }
  }

  /**
   * The last one found: a container has one class of outputs. Not a {@link ClassValue}: the
   * container's class would hold it, and with it this application after it was taken away.
   */
  private static volatile Way last = new Way(OutputBytes.class, null);

  private OutputBytes() {}

  /** Writes all that remains in the buffer; Tomcat has copied it when this returns. */
  static void write(ServletOutputStream out, ByteBuffer data) throws IOException {
    if (data.hasArray()) {
      out.write(data.array(), data.arrayOffset() + data.position(), data.remaining());
      data.position(data.limit());
      return;
    }
    Way way = last;
    if (way.type() != out.getClass()) {
      way = Way.of(out.getClass());
      last = way;
    }
    MethodHandle handle = way.handle();
    if (handle == null) {
      byte[] copy = new byte[data.remaining()];
      data.get(copy);
      out.write(copy);
      return;
    }
    try {
      handle.invokeExact(out, data);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException("write of " + data, e);
    }
  }
}
