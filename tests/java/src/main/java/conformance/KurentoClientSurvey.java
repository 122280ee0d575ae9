package conformance;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.kurento.client.AlphaBlending;
import org.kurento.client.Composite;
import org.kurento.client.Dispatcher;
import org.kurento.client.DispatcherOneToMany;
import org.kurento.client.EventListener;
import org.kurento.client.FaceOverlayFilter;
import org.kurento.client.GStreamerFilter;
import org.kurento.client.HttpPostEndpoint;
import org.kurento.client.Hub;
import org.kurento.client.HubPort;
import org.kurento.client.ImageOverlayFilter;
import org.kurento.client.KurentoClient;
import org.kurento.client.MediaElement;
import org.kurento.client.MediaObject;
import org.kurento.client.MediaPipeline;
import org.kurento.client.Mixer;
import org.kurento.client.PassThrough;
import org.kurento.client.PlayerEndpoint;
import org.kurento.client.RecorderEndpoint;
import org.kurento.client.RtpEndpoint;
import org.kurento.client.WebRtcEndpoint;
import org.kurento.client.ZBarFilter;
import org.kurento.client.internal.server.KurentoServerException;

/**
 * Goes through every class of the modules core, elements and filters with the official Java client: makes an object,
 * subscribes to all its events, reads all its properties, connects it, releases it. Argument: where the server is.
 */
public final class KurentoClientSurvey {
  private static final long EVENT_TIMEOUT_SECONDS = 10;

  /** What a fresh object answers (the reference's defaults). */
  private static final Map<String, String> DEFAULTS = new TreeMap<>(Map.ofEntries(
      Map.entry("getSendTagsInEvents", "false"),
      Map.entry("getTags", "[]"),
      Map.entry("getEncoderBitrate", "300000"),
      Map.entry("getMinEncoderBitrate", "0"),
      Map.entry("getMaxEncoderBitrate", "2147483647"),
      Map.entry("getSourceConnections", "[]"),
      Map.entry("getSinkConnections", "[]"),
      Map.entry("getMaxAudioRecvBandwidth", "0"),
      Map.entry("getMaxVideoRecvBandwidth", "0"),
      Map.entry("getMinVideoRecvBandwidth", "100"),
      Map.entry("getMinVideoSendBandwidth", "100"),
      Map.entry("getMaxVideoSendBandwidth", "500"),
      Map.entry("getMtu", "1200"),
      Map.entry("getMediaState", "DISCONNECTED"),
      Map.entry("getConnectionState", "DISCONNECTED"),
      Map.entry("getState", "STOP"),
      Map.entry("getPosition", "0"),
      Map.entry("getLatencyStats", "false"),
      Map.entry("getIceTcp", "true"),
      Map.entry("getStunServerPort", "3478"),
      Map.entry("getStunServerAddress", ""),
      Map.entry("getTurnUrl", ""),
      Map.entry("getICECandidatePairs", "[]"),
      Map.entry("getIceConnectionState", "[]"),
      Map.entry("getDtlsConnectionState", "[]")));

  /** Errors that getters of a fresh object answer. */
  private static final Map<String, Integer> ERRORS =
      Map.of("getLocalSessionDescriptor", 40202, "getRemoteSessionDescriptor", 40203);

  private final List<String> failures = new ArrayList<>();
  private int checks;

  public static void main(String[] arguments) throws Exception {
    KurentoClient client = KurentoClient.create(arguments[0]);
    KurentoClientSurvey survey = new KurentoClientSurvey();
    try {
      survey.run(client);
    } finally {
      client.destroy();
    }
    System.out.printf(
        "kurento-client 7.3.0 for Java: %d checks as the reference, %d failed%n",
        survey.checks, survey.failures.size());
    survey.failures.forEach(failure -> System.out.println("  " + failure));
    // The client leaves threads behind.
    System.exit(survey.failures.isEmpty() ? 0 : 1);
  }

  private void run(KurentoClient client) throws Exception {
    MediaPipeline pipeline = client.createMediaPipeline();
    check("KMS".equals(client.getServerManager().getInfo().getType().name()), "ServerManager.getInfo");
    readProperties("MediaPipeline", MediaPipeline.class, pipeline);
    subscribe("MediaPipeline", MediaPipeline.class, pipeline);

    Map<Class<? extends Hub>, Supplier<Hub>> hubs = new LinkedHashMap<>();
    hubs.put(AlphaBlending.class, () -> new AlphaBlending.Builder(pipeline).build());
    hubs.put(Composite.class, () -> new Composite.Builder(pipeline).build());
    hubs.put(Dispatcher.class, () -> new Dispatcher.Builder(pipeline).build());
    hubs.put(DispatcherOneToMany.class, () -> new DispatcherOneToMany.Builder(pipeline).build());
    hubs.put(Mixer.class, () -> new Mixer.Builder(pipeline).build());
    for (Map.Entry<Class<? extends Hub>, Supplier<Hub>> entry : hubs.entrySet()) {
      Hub hub = entry.getValue().get();
      survey(entry.getKey(), hub);
      HubPort port = new HubPort.Builder(hub).build();
      check(port.getParent().getId().equals(hub.getId()), "parent of a HubPort");
      survey(HubPort.class, port);
      port.release();
      hub.release();
    }

    Map<Class<? extends MediaElement>, Supplier<MediaElement>> elements = new LinkedHashMap<>();
    elements.put(PassThrough.class, () -> new PassThrough.Builder(pipeline).build());
    elements.put(HttpPostEndpoint.class, () -> new HttpPostEndpoint.Builder(pipeline).build());
    elements.put(
        PlayerEndpoint.class,
        () -> new PlayerEndpoint.Builder(pipeline, "file:///media/test.webm").useEncodedMedia().build());
    elements.put(
        RecorderEndpoint.class, () -> new RecorderEndpoint.Builder(pipeline, "file:///tmp/test.webm").build());
    elements.put(RtpEndpoint.class, () -> new RtpEndpoint.Builder(pipeline).build());
    elements.put(WebRtcEndpoint.class, () -> new WebRtcEndpoint.Builder(pipeline).build());
    elements.put(FaceOverlayFilter.class, () -> new FaceOverlayFilter.Builder(pipeline).build());
    elements.put(GStreamerFilter.class, () -> new GStreamerFilter.Builder(pipeline, "videoflip").build());
    elements.put(ImageOverlayFilter.class, () -> new ImageOverlayFilter.Builder(pipeline).build());
    elements.put(ZBarFilter.class, () -> new ZBarFilter.Builder(pipeline).build());
    for (Map.Entry<Class<? extends MediaElement>, Supplier<MediaElement>> entry : elements.entrySet()) {
      MediaElement element = entry.getValue().get();
      survey(entry.getKey(), element);
      connect(pipeline, element);
      element.release();
      int code = codeOf(element::getName);
      check(code == 40101, "getName of a released " + entry.getKey().getSimpleName() + " gives " + code);
    }
    pipeline.release();
    check(client.getServerManager().getPipelines().isEmpty(), "pipelines are left");
  }

  private <T extends MediaObject> void survey(Class<? extends T> type, T object) throws Exception {
    readProperties(type.getSimpleName(), type, object);
    object.setName("a name");
    check("a name".equals(object.getName()), type.getSimpleName() + ".setName");
    subscribe(type.getSimpleName(), type, object);
  }

  /** Calls everything that looks like a getter. */
  private void readProperties(String name, Class<?> type, MediaObject object) throws Exception {
    for (Method method : type.getMethods()) {
      if (method.getParameterCount() > 0 || !method.getName().matches("get[A-Z].*")) continue;
      String what = name + "." + method.getName();
      try {
        String value = String.valueOf(method.invoke(object));
        String expected = method.getName().equals("getName") ? object.getId() : DEFAULTS.get(method.getName());
        check(expected == null || expected.equals(value), what + " is " + value + ", not " + expected);
      } catch (InvocationTargetException error) {
        if (!(error.getCause() instanceof KurentoServerException)) {
          failures.add(what + ": " + error.getCause());
          continue;
        }
        int code = ((KurentoServerException) error.getCause()).getCode();
        check(Integer.valueOf(code).equals(ERRORS.get(method.getName())), what + " fails with " + code);
      }
    }
  }

  /** Subscribes to all events that the client has for a class. */
  private void subscribe(String name, Class<?> type, MediaObject object) throws Exception {
    EventListener<?> listener = event -> {};
    for (Method method : type.getMethods()) {
      if (!method.getName().matches("add\\w+Listener")) continue;
      if (method.getParameterCount() != 1 || method.getParameterTypes()[0] != EventListener.class) continue;
      try {
        check(method.invoke(object, listener) != null, name + "." + method.getName());
      } catch (InvocationTargetException error) {
        failures.add(name + "." + method.getName() + ": " + error.getCause());
      }
    }
  }

  /** Connects an element, and waits for the events that tell of it. */
  private void connect(MediaPipeline pipeline, MediaElement element) throws InterruptedException {
    PassThrough sink = new PassThrough.Builder(pipeline).build();
    CountDownLatch connected = new CountDownLatch(3);
    CountDownLatch disconnected = new CountDownLatch(3);
    element.addElementConnectedListener(event -> {
      if (event.getSink().getId().equals(sink.getId())) connected.countDown();
    });
    element.addElementDisconnectedListener(event -> disconnected.countDown());
    element.connect(sink);
    check(connected.await(EVENT_TIMEOUT_SECONDS, TimeUnit.SECONDS), "ElementConnected of " + element.getId());
    check(element.getSinkConnections().size() == 3, "sink connections of " + element.getId());
    check(sink.getSourceConnections().size() == 3, "source connections");
    element.disconnect(sink);
    check(disconnected.await(EVENT_TIMEOUT_SECONDS, TimeUnit.SECONDS), "ElementDisconnected of " + element.getId());
    sink.release();
  }

  private static int codeOf(Supplier<?> call) {
    try {
      call.get();
      return 0;
    } catch (KurentoServerException error) {
      return error.getCode();
    }
  }

  private void check(boolean holds, String what) {
    if (holds) checks++;
    else failures.add(what);
  }
}
