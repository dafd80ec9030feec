public import FoundationEssentials
import Identity
import Tables
import Transport

/// Checks what an agent needs, hop by hop, and names what fails with its remedy.
public struct AgentDoctor: Sendable {
    let configuration: SiteConfiguration

    /// Creates the doctor of a site.
    public init(configuration: SiteConfiguration) { self.configuration = configuration }

    /// One checked thing.
    public struct Check: Sendable, Equatable {
        /// What was checked: `data`, `images`, `disk`, `enrolment`, `dns`, `proxy`, `connect`, `tls`, `clock`, `coordinator`.
        public let hop: String
        /// Whether it is right.
        public let isOK: Bool
        /// What was found, with the remedy if it is not right.
        public let message: String
    }

    /// Runs all checks; those that need a failed one are left out.
    public func run(now: Date) async -> [Check] {
        var checks = [data(), images(), disk()]
        let enrolment = await enrolment(now: now)
        checks.append(enrolment)
        let credentials = SiteCredentials(store: configuration.store)
        guard credentials.exist else { return checks + (await reach()) }
        do {
            let probe = await ConnectionProbe.run(
                try ClientConfiguration(
                    origin: configuration.coordinator, trust: .file(credentials.authorityFile),
                    credentials: .init(
                        certificateFile: credentials.certificateFile, keyFile: credentials.keyFile),
                    proxy: configuration.proxyChoice),
                path: "/v1/work?wait=0")
            if let failure = probe.failure {
                checks.append(Check(hop: "\(failure.hop)", isOK: false, message: failure.description))
                return checks
            }
            let timings = probe.timings
            checks.append(
                Check(
                    hop: "connect", isOK: true,
                    message: "name \(Self.milliseconds(timings?.nameLookupSeconds)), connection "
                        + "\(Self.milliseconds(timings?.connectSeconds)), TLS \(Self.milliseconds(timings?.tlsSeconds))"
                ))
            let skew = probe.clockSkewSeconds ?? 0
            checks.append(
                Check(
                    hop: "clock", isOK: skew.magnitude < 120,
                    message: skew.magnitude < 120
                        ? "within \(Int(skew.magnitude) + 1) s of the coordinator's"
                        : "\(Int(skew)) s away from the coordinator's: set this machine's clock (NTP)"))
            let status = probe.status ?? 0
            checks.append(
                Check(
                    hop: "coordinator", isOK: status == 200 || status == 204,
                    message: status == 200 || status == 204
                        ? "knows the site"
                        : "answers HTTP \(status): the certificate may be revoked, or a proxy answers instead"))
        } catch {
            checks.append(Check(hop: "configuration", isOK: false, message: "\(error)"))
        }
        return checks
    }

    /// Whether the helper process that parses images starts, and cannot do what it must not.
    private func images() -> Check {
        do {
            guard case .probe(let liberties) = try ImageWorker(seconds: 30).ask(.probe) else {
                return Check(hop: "images", isOK: false, message: "the helper process answers something else")
            }
            return Check(
                hop: "images", isOK: liberties.isEmpty,
                message: liberties.isEmpty
                    ? "parsed in a process without network, without writing, without other programs"
                    : "the helper process is not confined (\(liberties.joined(separator: ", "))): the kernel needs seccomp"
            )
        } catch {
            return Check(hop: "images", isOK: false, message: "\(error)")
        }
    }

    private static func milliseconds(_ seconds: Double?) -> String {
        seconds.map { "\(Int($0 * 1000)) ms" } ?? "-"
    }

    /// Before enrolment: whether the coordinator can be reached at all.
    private func reach() async -> [Check] {
        do {
            _ = try await HTTPSClient.fetchUnverified(
                origin: configuration.coordinator, path: "/healthz", proxy: configuration.proxyChoice)
            return [Check(hop: "connect", isOK: true, message: "the coordinator's address answers")]
        } catch {
            return [Check(hop: "\(error.hop)", isOK: false, message: error.description)]
        }
    }

    private func data() -> Check {
        let files = [configuration.data.clinical, configuration.data.manifest, configuration.data.features]
            .compactMap { $0 }
        for file in files {
            do {
                let table = try SiteData.table(file)
                _ = try table.position(configuration.data.caseColumn)
            } catch {
                return Check(hop: "data", isOK: false, message: "\(error)")
            }
        }
        return Check(hop: "data", isOK: true, message: "\(files.count) tables read")
    }

    private func disk() -> Check {
        let probe = URL(filePath: configuration.store).appending(path: ".doctor")
        do {
            try FileManager.default.createDirectory(
                at: URL(filePath: configuration.store), withIntermediateDirectories: true)
            try Data(repeating: 0, count: 1 << 20).write(to: probe)
            try FileManager.default.removeItem(at: probe)
            return Check(hop: "disk", isOK: true, message: "the store can be written")
        } catch {
            return Check(
                hop: "disk", isOK: false, message: "the store cannot be written; check space and permissions")
        }
    }

    private func enrolment(now: Date) async -> Check {
        let credentials = SiteCredentials(store: configuration.store)
        guard credentials.exist else {
            return Check(
                hop: "enrolment", isOK: false,
                message: "no certificate; ask the coordinating centre for a token and run `concord-agent enrol`")
        }
        do {
            let status = try await credentials.status(now: now)
            if case .valid = status { return Check(hop: "enrolment", isOK: true, message: status.description) }
            return Check(hop: "enrolment", isOK: false, message: status.description)
        } catch {
            return Check(hop: "enrolment", isOK: false, message: "\(error)")
        }
    }
}
