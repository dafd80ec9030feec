import Foundation

/// Certificates made by the `openssl` program in a temporary folder: two authorities, servers, clients.
struct Certificates {
    static let opensslPath = "/usr/bin/openssl"
    static let pythonPath = "/usr/bin/python3"
    static let canRun = [opensslPath, pythonPath].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }

    /// Made once a process, removed at its end.
    static let shared: Certificates? = {
        let made = try? Certificates()
        atexit { Certificates.shared?.remove() }
        return made
    }()

    let folder: URL

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "transport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for authority in ["ca", "foreign-ca"] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(authority)", "-keyout", "\(authority).key", "-out", "\(authority).pem")
        }
        let names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
        try issue("server", "ca", names)
        try issue("other-name", "ca", "subjectAltName=DNS:coordinator.example.org")
        try issue("expired-server", "ca", names, days: "-1")
        try issue("client", "ca", "extendedKeyUsage=clientAuth")
        try issue("expired-client", "ca", "extendedKeyUsage=clientAuth", days: "-1")
        try issue("foreign-client", "foreign-ca", "extendedKeyUsage=clientAuth")
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    private func remove() { try? FileManager.default.removeItem(at: folder) }

    private func issue(_ name: String, _ authority: String, _ extensions: String, days: String = "1") throws {
        try Data("\(extensions)\n".utf8).write(to: folder.appending(path: "ext"))
        try openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", "\(name).key", "-out", "request.pem")
        try openssl(
            "x509", "-req", "-in", "request.pem", "-CA", "\(authority).pem", "-CAkey", "\(authority).key",
            "-CAcreateserial", "-days", days, "-extfile", "ext", "-out", "\(name).pem")
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: Self.opensslPath)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
    }

    struct Failure: Error { let arguments: [String] }
}

/// A server process on an ephemeral loopback port; it ends when its standard input closes.
final class LocalServer {
    let port: Int
    private let process = Process()
    private let input = Pipe()

    var origin: String { "https://127.0.0.1:\(port)" }

    /// Modes: `https <certificate> <key> <client CA or ->`, `plain`, `silent`, `full`, `proxy <user:password or ->`.
    init(_ arguments: String...) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: Certificates.pythonPath)
        process.arguments = ["-c", Self.script] + arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw NoPort(line: line) }
        self.port = port
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    struct NoPort: Error { let line: String }

    private static let script = #"""
        import base64, os, select, socket, ssl, sys, threading, time
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        def announce(port):
            print(port, flush=True)

        def until_stdin_closes():
            sys.stdin.read()
            os._exit(0)

        threading.Thread(target=until_stdin_closes, daemon=True).start()
        slow = threading.Semaphore(0)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            date_offset = 0

            def date_time_string(self, timestamp=None):
                return super().date_time_string(time.time() + self.date_offset)

            def answer(self, status, body, length=True):
                self.send_response(status)
                self.send_header("X-Port", str(self.client_address[1]))
                self.send_header("X-Method", self.command)
                self.send_header("X-Type", self.headers.get("Content-Type", "none"))
                self.send_header("X-Site", self.headers.get("X-Site", "none"))
                if length:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def go(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                parts = self.path.split("/")
                kind, number = parts[1], int(parts[2]) if len(parts) > 2 else 0
                if kind == "slow":
                    slow.release()
                    time.sleep(number / 1000)
                    self.answer(200, b"late")
                elif kind == "await-slow":
                    slow.acquire()
                    self.answer(200, b"")
                elif kind == "bytes":
                    self.answer(200, b"x" * number)
                elif kind == "unsized":
                    self.close_connection = True
                    self.answer(200, b"x" * number, length=False)
                elif kind == "headers":
                    self.send_response(200)
                    for index in range(number):
                        self.send_header("X-Filler-%d" % index, "y" * 1000)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif kind == "cut":
                    self.send_response(200)
                    self.send_header("Content-Length", "100")
                    self.end_headers()
                    self.wfile.write(b"x" * 10)
                    self.wfile.flush()
                    self.connection.unwrap() if hasattr(self.connection, "unwrap") else None
                    self.close_connection = True
                elif kind == "moved":
                    self.send_response(302)
                    self.send_header("Location", "/bytes/5")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif kind == "ahead":
                    self.date_offset = number
                    self.answer(200, b"")
                else:
                    self.answer(200, body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = go

            def log_message(self, *arguments):
                pass

        def http(context):
            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.daemon_threads = True
            if context:
                server.socket = context.wrap_socket(server.socket, server_side=True)
            announce(server.server_address[1])
            server.serve_forever()

        def listener(backlog):
            server = socket.socket()
            server.bind(("127.0.0.1", 0))
            server.listen(backlog)
            return server

        def pump(a, b):
            while True:
                ready, _, _ = select.select([a, b], [], [])
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        a.close(), b.close()
                        return
                    (b if one is a else a).sendall(data)

        def tunnel(client, wanted):
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(4096)
                if not data:
                    return client.close()
                head += data
            given = [l.split(b" ")[2] for l in head.split(b"\r\n") if l.lower().startswith(b"proxy-authorization: basic")]
            if wanted and given != [base64.b64encode(wanted.encode())]:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n"
                               b"Content-Length: 0\r\nConnection: close\r\n\r\n")
                return client.close()
            host, port = head.split(b" ")[1].decode().rsplit(":", 1)
            server = socket.create_connection((host, int(port)))
            client.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: here\r\n\r\n")
            pump(client, server)

        mode = sys.argv[1]
        if mode == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[2], sys.argv[3])
            if sys.argv[4] != "-":
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(sys.argv[4])
            http(context)
        elif mode == "plain":
            http(None)
        elif mode == "silent":
            server = listener(16)
            announce(server.getsockname()[1])
            kept = []
            while True:
                kept.append(server.accept())
        elif mode == "full":
            server = listener(0)
            kept = []
            for _ in range(4):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(server.getsockname())
                kept.append(one)
            select.select([], [kept[0]], [])
            announce(server.getsockname()[1])
            threading.Event().wait()
        elif mode == "proxy":
            server = listener(16)
            announce(server.getsockname()[1])
            while True:
                client, _ = server.accept()
                threading.Thread(target=tunnel, args=(client, sys.argv[2].strip("-")), daemon=True).start()
        """#
}
