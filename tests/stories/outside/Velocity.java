import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.InvalidReferenceEventHandler;
import org.apache.velocity.context.Context;
import org.apache.velocity.util.introspection.Info;

/**
 * Renders templates with Velocity 1.7 itself, set up as API Gateway's seems to be. Reads them from the standard
 * input and writes what comes of them, each with a NUL behind it: "+" and the text, or "-" and the error.
 */
public class Velocity {
    public static void main(String[] arguments) throws Exception {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.setProperty("directive.foreach.maxloops", "1000");
        engine.setProperty("velocimacro.library", "");
        engine.init();
        String all = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String template : all.split("\0")) {
            String result;
            try {
                StringWriter writer = new StringWriter();
                engine.evaluate(context(), writer, "template", template);
                result = "+" + writer;
            } catch (Exception error) {
                result = "-" + error.getMessage();
            }
            out.print(result + "\0");
        }
        out.flush();
    }

    /** As in the tests of the module. */
    static VelocityContext context() {
        VelocityContext context = new VelocityContext();
        EventCartridge handlers = new EventCartridge();
        handlers.addEventHandler(new Nothing());
        handlers.attachToContext(context);
        context.put("input", new Input());
        context.put("util", new Util());
        context.put("stageVariables", map("table", "game's", "level", "1"));
        Map<String, Object> request = map("stage", "prod", "httpMethod", "POST", "apiId", "a1b2c3");
        request.put("identity", map("sourceIp", "192.0.2.1", "userAgent", "curl/8.1"));
        context.put("context", request);
        return context;
    }

    static Map<String, Object> map(Object... entries) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int index = 0; index < entries.length; index += 2) {
            map.put((String) entries[index], entries[index + 1]);
        }
        return map;
    }

    /** A reference to nothing is an empty text. */
    public static class Nothing implements InvalidReferenceEventHandler {
        public Object invalidGetMethod(Context context, String reference, Object object, String name, Info info) {
            return "";
        }

        public boolean invalidSetMethod(Context context, String left, String right, Info info) {
            return false;
        }

        public Object invalidMethod(Context context, String reference, Object object, String name, Info info) {
            return "";
        }
    }

    public static class Input {
        public String getBody() {
            return "{\"name\":\"Ada\"}";
        }

        public String json(String path) {
            return getBody();
        }

        public Map<String, Object> params() {
            return map(
                "path", map("id", "7"),
                "querystring", map("q", "it's \"so\"", "r", "a/b"),
                "header", map());
        }
    }

    public static class Util {
        public String escapeJavaScript(String text) {
            return StringEscapeUtils.escapeJavaScript(text);
        }

        public String base64Encode(String text) {
            return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
