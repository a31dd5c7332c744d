import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.Map;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.core.link.Link;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttribute;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttributeSet;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttributes;
import org.eclipse.leshan.core.node.LwM2mNode;
import org.eclipse.leshan.core.node.LwM2mObject;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.observation.CompositeObservation;
import org.eclipse.leshan.core.observation.Observation;
import org.eclipse.leshan.core.observation.SingleObservation;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.DiscoverRequest;
import org.eclipse.leshan.core.request.DownlinkDeviceManagementRequest;
import org.eclipse.leshan.core.request.ExecuteRequest;
import org.eclipse.leshan.core.request.ObserveRequest;
import org.eclipse.leshan.core.request.ReadRequest;
import org.eclipse.leshan.core.request.WriteAttributesRequest;
import org.eclipse.leshan.core.request.WriteRequest;
import org.eclipse.leshan.core.response.DiscoverResponse;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.response.ObserveCompositeResponse;
import org.eclipse.leshan.core.response.ObserveResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.LeshanServerBuilder;
import org.eclipse.leshan.server.observation.ObservationListener;
import org.eclipse.leshan.server.queue.PresenceListener;
import org.eclipse.leshan.server.queue.StaticClientAwakeTimeProvider;
import org.eclipse.leshan.server.registration.Registration;
import org.eclipse.leshan.server.registration.RegistrationListener;
import org.eclipse.leshan.server.registration.RegistrationUpdate;
import org.eclipse.leshan.transport.californium.server.endpoint.CaliforniumServerEndpointsProvider;
import org.eclipse.leshan.servers.security.InMemorySecurityStore;
import org.eclipse.leshan.servers.security.SecurityInfo;
import org.eclipse.leshan.transport.californium.server.endpoint.coap.CoapServerProtocolProvider;
import org.eclipse.leshan.transport.californium.server.endpoint.coaps.CoapsServerProtocolProvider;

/**
 * A management server on Leshan, led by lines of JSON; one device has a pre-shared key, with which alone it is taken.
 * Usage: Manage PORT AWAKE_MILLISECONDS ENDPOINT IDENTITY KEY
 *
 * In:  {"id":1,"do":"read","endpoint":"lamp","path":"/5/0/3","format":"TLV"}
 * Out: {"id":1,"code":"CONTENT","value":"0"} and, as things happen, {"event":"registered","endpoint":"lamp",...}
 */
public class Manage {
    static final ObjectMapper JSON = new ObjectMapper();
    static LeshanServer server;

    static synchronized void say(ObjectNode line) {
        System.out.println(line);
        System.out.flush();
    }

    static ObjectNode event(String name, Registration registration) {
        ObjectNode line = JSON.createObjectNode().put("event", name);
        if (registration != null) line.put("endpoint", registration.getEndpoint());
        return line;
    }

    static String text(LwM2mNode node) {
        if (node instanceof LwM2mSingleResource) return valueText(((LwM2mSingleResource) node).getValue());
        if (node instanceof LwM2mResource) return ((LwM2mResource) node).getInstances().toString();
        if (node instanceof LwM2mObjectInstance) {
            StringBuilder all = new StringBuilder();
            for (Map.Entry<Integer, LwM2mResource> one : ((LwM2mObjectInstance) node).getResources().entrySet()) {
                LwM2mResource resource = one.getValue();
                if (all.length() > 0) all.append(' ');
                all.append(one.getKey()).append('=');
                if (resource.isMultiInstances()) {
                    StringBuilder values = new StringBuilder();
                    resource.getInstances().forEach((id, value) -> values.append(values.length() > 0 ? "," : "")
                            .append(id).append(':').append(valueText(value.getValue())));
                    all.append('{').append(values).append('}');
                } else all.append(valueText(resource.getValue()));
            }
            return all.toString();
        }
        if (node instanceof LwM2mObject) {
            StringBuilder all = new StringBuilder();
            ((LwM2mObject) node).getInstances().forEach((id, instance) -> all.append('/').append(id).append(": ").append(text(instance)));
            return all.toString();
        }
        return String.valueOf(node);
    }

    static String valueText(Object value) {
        return value instanceof Date ? String.valueOf(((Date) value).getTime() / 1000) : String.valueOf(value);
    }

    static ContentFormat format(JsonNode command) {
        return command.has("format") ? ContentFormat.fromName(command.get("format").asText()) : null;
    }

    static LwM2mAttributeSet attributes(JsonNode given) {
        java.util.List<LwM2mAttribute<?>> all = new java.util.ArrayList<>();
        given.fields().forEachRemaining(one -> {
            switch (one.getKey()) {
                case "pmin" -> all.add(LwM2mAttributes.create(LwM2mAttributes.MINIMUM_PERIOD, one.getValue().asLong()));
                case "pmax" -> all.add(LwM2mAttributes.create(LwM2mAttributes.MAXIMUM_PERIOD, one.getValue().asLong()));
                case "gt" -> all.add(LwM2mAttributes.create(LwM2mAttributes.GREATER_THAN, one.getValue().asDouble()));
                case "lt" -> all.add(LwM2mAttributes.create(LwM2mAttributes.LESSER_THAN, one.getValue().asDouble()));
                default -> all.add(LwM2mAttributes.create(LwM2mAttributes.STEP, one.getValue().asDouble()));
            }
        });
        return new LwM2mAttributeSet(all);
    }

    static DownlinkDeviceManagementRequest<? extends LwM2mResponse> request(JsonNode command) throws Exception {
        String path = command.get("path").asText();
        ContentFormat format = format(command);
        LwM2mPath at = new LwM2mPath(path);
        switch (command.get("do").asText()) {
            case "read": return new ReadRequest(format, path);
            case "observe": return new ObserveRequest(format, path);
            case "discover": return new DiscoverRequest(path);
            case "execute": return new ExecuteRequest(path, command.has("arguments") ? command.get("arguments").asText() : null);
            case "attributes": return new WriteAttributesRequest(path, attributes(command.get("attributes")));
            case "write": return new WriteRequest(WriteRequest.Mode.REPLACE, format, path, resource(at, command));
            default: throw new IllegalArgumentException(command.toString());
        }
    }

    static LwM2mSingleResource resource(LwM2mPath path, JsonNode command) throws Exception {
        int id = path.getResourceId();
        if (command.has("file")) return LwM2mSingleResource.newBinaryResource(id, Files.readAllBytes(Path.of(command.get("file").asText())));
        if (command.has("time")) return LwM2mSingleResource.newDateResource(id, new Date(command.get("time").asLong() * 1000));
        JsonNode value = command.get("value");
        if (command.has("unsigned")) return LwM2mSingleResource.newUnsignedIntegerResource(id,
                org.eclipse.leshan.core.util.datatype.ULong.valueOf(command.get("unsigned").asLong()));
        if (value.isNumber()) return LwM2mSingleResource.newIntegerResource(id, value.asLong());
        return LwM2mSingleResource.newStringResource(id, value.asText());
    }

    static <T extends LwM2mResponse> void send(Registration registration, DownlinkDeviceManagementRequest<T> request, long timeout, ObjectNode answer) throws Exception {
        T response = server.send(registration, request, timeout);
        if (response == null) {
            answer.put("code", "TIMEOUT");
            return;
        }
        answer.put("code", response.getCode().getName());
        if (response instanceof ReadResponse && ((ReadResponse) response).getContent() != null)
            answer.put("value", text(((ReadResponse) response).getContent()));
        if (response instanceof DiscoverResponse && response.isSuccess()) {
            StringBuilder all = new StringBuilder();
            for (Link link : ((DiscoverResponse) response).getObjectLinks()) all.append(all.length() > 0 ? "," : "").append(link.toCoreLinkFormat());
            answer.put("value", all.toString());
        }
        if (response.getErrorMessage() != null) answer.put("message", response.getErrorMessage());
    }

    static void perform(JsonNode command) {
        ObjectNode answer = JSON.createObjectNode().put("id", command.get("id").asInt());
        try {
            Registration registration = server.getRegistrationService().getByEndpoint(command.get("endpoint").asText());
            if (registration == null) answer.put("code", "UNREGISTERED");
            else send(registration, request(command), command.has("timeout") ? command.get("timeout").asLong() : 30000, answer);
        } catch (Exception error) {
            answer.put("code", "EXCEPTION").put("message", error.toString());
        }
        say(answer);
    }

    static void listen() {
        server.getRegistrationService().addListener(new RegistrationListener() {
            public void registered(Registration registration, Registration previous, Collection<Observation> observations) {
                StringBuilder links = new StringBuilder();
                for (Link link : registration.getObjectLinks()) links.append(links.length() > 0 ? "," : "").append(link.toCoreLinkFormat());
                say(event("registered", registration).put("links", links.toString()).put("lifetime", registration.getLifeTimeInSec())
                        .put("version", registration.getLwM2mVersion().toString()).put("queue", registration.usesQueueMode()));
            }

            public void updated(RegistrationUpdate update, Registration updated, Registration previous) {
                say(event("updated", updated).put("lifetime", updated.getLifeTimeInSec()));
            }

            public void unregistered(Registration registration, Collection<Observation> observations, boolean expired, Registration next) {
                say(event("unregistered", registration).put("expired", expired));
            }
        });
        server.getPresenceService().addListener(new PresenceListener() {
            public void onAwake(Registration registration) {
                say(event("awake", registration));
            }

            public void onSleeping(Registration registration) {
                say(event("sleeping", registration));
            }
        });
        server.getObservationService().addListener(new ObservationListener() {
            public void newObservation(Observation observation, Registration registration) {}

            public void cancelled(Observation observation) {}

            public void onResponse(SingleObservation observation, Registration registration, ObserveResponse response) {
                say(event("notified", registration).put("path", observation.getPath().toString())
                        .put("code", response.getCode().getName()).put("value", text(response.getContent())));
            }

            public void onResponse(CompositeObservation observation, Registration registration, ObserveCompositeResponse response) {}

            public void onError(Observation observation, Registration registration, Exception error) {
                say(event("error", registration).put("message", error.toString()));
            }
        });
    }

    public static void main(String[] given) throws Exception {
        CaliforniumServerEndpointsProvider.Builder endpoints = new CaliforniumServerEndpointsProvider.Builder(
                new CoapServerProtocolProvider(), new CoapsServerProtocolProvider());
        endpoints.addEndpoint(new InetSocketAddress("127.0.0.1", Integer.parseInt(given[0])), Protocol.COAP);
        endpoints.addEndpoint(new InetSocketAddress("127.0.0.1", 0), Protocol.COAPS);
        InMemorySecurityStore security = new InMemorySecurityStore();
        security.add(SecurityInfo.newPreSharedKeyInfo(given[2], given[3], HexFormat.of().parseHex(given[4])));
        LeshanServerBuilder builder = new LeshanServerBuilder();
        builder.setSecurityStore(security);
        builder.setEndpointsProviders(endpoints.build());
        builder.setClientAwakeTimeProvider(new StaticClientAwakeTimeProvider(Integer.parseInt(given[1])));
        server = builder.build();
        listen();
        server.start();
        say(JSON.createObjectNode().put("event", "ready")
                .put("port", server.getEndpoint(Protocol.COAP).getURI().getPort())
                .put("securePort", server.getEndpoint(Protocol.COAPS).getURI().getPort()));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode command = JSON.readTree(line);
            new Thread(() -> perform(command)).start();
        }
        System.exit(0);
    }
}
