import org.eclipse.hawkbit.autoconfigure.security.EnableHawkbitManagedSecurityConfiguration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/** hawkBit's Management API and Direct Device Integration API over its repository: what its libraries configure themselves. */
@Configuration
@EnableAutoConfiguration
@EnableHawkbitManagedSecurityConfiguration
public class Server {
  public static void main(String[] options) {
    SpringApplication.run(Server.class, options);
  }
}
