import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetSocketAddress;
import java.util.List;
import org.eclipse.leshan.core.SecurityMode;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.core.request.BootstrapDownlinkRequest;
import org.eclipse.leshan.core.request.BootstrapRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.peer.LwM2mPeer;
import org.eclipse.leshan.server.bootstrap.BootstrapConfig;
import org.eclipse.leshan.server.bootstrap.BootstrapFailureCause;
import org.eclipse.leshan.server.bootstrap.BootstrapSession;
import org.eclipse.leshan.server.bootstrap.BootstrapSessionListener;
import org.eclipse.leshan.server.bootstrap.InMemoryBootstrapConfigStore;
import org.eclipse.leshan.server.bootstrap.LeshanBootstrapServer;
import org.eclipse.leshan.server.bootstrap.LeshanBootstrapServerBuilder;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.CaliforniumBootstrapServerEndpointsProvider;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.coap.CoapBootstrapServerProtocolProvider;

/** A bootstrap server on Leshan, for one device and one server. Usage: Bootstrap PORT ENDPOINT SERVER_URI FORMAT */
public class Bootstrap {
    static final ObjectMapper JSON = new ObjectMapper();

    static synchronized void say(ObjectNode line) {
        System.out.println(line);
        System.out.flush();
    }

    static ObjectNode event(String name, BootstrapSession session) {
        return JSON.createObjectNode().put("event", name).put("endpoint", session.getEndpoint());
    }

    static BootstrapConfig config(String own, String uri, ContentFormat format) {
        BootstrapConfig config = new BootstrapConfig();
        config.contentFormat = format;
        config.toDelete = List.of("/0", "/1");
        BootstrapConfig.ServerSecurity bootstrap = new BootstrapConfig.ServerSecurity();
        bootstrap.uri = own;
        bootstrap.bootstrapServer = true;
        bootstrap.securityMode = SecurityMode.NO_SEC;
        bootstrap.serverId = 111;
        BootstrapConfig.ServerSecurity security = new BootstrapConfig.ServerSecurity();
        security.uri = uri;
        security.securityMode = SecurityMode.NO_SEC;
        security.serverId = 123;
        BootstrapConfig.ServerConfig server = new BootstrapConfig.ServerConfig();
        server.shortId = 123;
        server.lifetime = 300;
        // Else states that follow each other within a second are told as one.
        server.defaultMinPeriod = 0;
        config.security.put(0, bootstrap);
        config.security.put(1, security);
        config.servers.put(0, server);
        return config;
    }

    static class Listener implements BootstrapSessionListener {
        public void sessionInitiated(BootstrapRequest request, LwM2mPeer client) {}

        public void unAuthorized(BootstrapRequest request, LwM2mPeer client) {}

        public void authorized(BootstrapSession session) {
            say(event("asked", session));
        }

        public void noConfig(BootstrapSession session) {
            say(event("unknown", session));
        }

        public void sendRequest(BootstrapSession session, BootstrapDownlinkRequest<? extends LwM2mResponse> request) {}

        public void onResponseSuccess(BootstrapSession session, BootstrapDownlinkRequest<? extends LwM2mResponse> request, LwM2mResponse response) {
            say(event("answered", session).put("path", String.valueOf(request.getPath())).put("code", response.getCode().getName()));
        }

        public void onResponseError(BootstrapSession session, BootstrapDownlinkRequest<? extends LwM2mResponse> request, LwM2mResponse response) {
            say(event("refused", session).put("path", String.valueOf(request.getPath())).put("code", response.getCode().getName()));
        }

        public void onRequestFailure(BootstrapSession session, BootstrapDownlinkRequest<? extends LwM2mResponse> request, Throwable cause) {
            say(event("failed", session).put("message", cause.toString()));
        }

        public void end(BootstrapSession session) {
            say(event("finished", session));
        }

        public void failed(BootstrapSession session, BootstrapFailureCause cause) {
            say(event("failed", session).put("message", cause.toString()));
        }
    }

    public static void main(String[] given) throws Exception {
        InMemoryBootstrapConfigStore store = new InMemoryBootstrapConfigStore();
        LeshanBootstrapServerBuilder builder = new LeshanBootstrapServerBuilder();
        builder.setConfigStore(store);
        CaliforniumBootstrapServerEndpointsProvider.Builder endpoints =
                new CaliforniumBootstrapServerEndpointsProvider.Builder(new CoapBootstrapServerProtocolProvider());
        endpoints.addEndpoint(new InetSocketAddress("127.0.0.1", Integer.parseInt(given[0])), Protocol.COAP);
        builder.setEndpointsProviders(endpoints.build());
        LeshanBootstrapServer server = builder.build();
        server.addListener(new Listener());
        server.start();
        int port = server.getEndpoint(Protocol.COAP).getURI().getPort();
        store.add(given[1], config("coap://127.0.0.1:" + port, given[2], ContentFormat.fromName(given[3])));
        say(JSON.createObjectNode().put("event", "ready").put("port", port));
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
