// grpc-health-check replaced: one import is another, and nothing else. CommonJS, as many services are.
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "gpu-health/grpc-health-check";

const health = new HealthImplementation({ "": "SERVING", "example.Inference": "NOT_SERVING" });
const server = new Server();
health.addToServer(server);
server.bindAsync(process.env.ADDRESS ?? "127.0.0.1:50051", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  health.setStatus("example.Inference", "SERVING");
  console.log(`ready on port ${port}`);
});
process.once("SIGTERM", () => server.tryShutdown(() => {}));
