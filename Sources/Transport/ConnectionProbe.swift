import CCurl
public import FoundationEssentials

/// What `doctor` learns about the way to the coordinator from one fresh connection.
public struct ConnectionProbe: Sendable {
    /// Status of the answer, nil when there was none.
    public let status: Int?
    /// Durations, nil when there was no answer.
    public let timings: ConnectionTimings?
    /// The server's certificates, leaf first; collected without trust when verification failed.
    public let certificates: [PeerCertificate]
    /// The server's clock minus this machine's, in seconds (resolution 1 s); nil without a Date header.
    public let clockSkewSeconds: Double?
    /// What failed, by hop.
    public let failure: TransportError?

    /// Resolves, connects, shakes hands and asks for `path`; never throws, the failure is the finding.
    public static func run(
        _ configuration: ClientConfiguration, path: String = "/healthz", timeoutSeconds: Double = 30,
        clock: @Sendable () -> Date = { .now }
    ) async -> ConnectionProbe {
        do throws(TransportError) {
            let client = try HTTPSClient(configuration)
            let before = clock()
            let request = HTTPRequest(
                .get, path, timeoutSeconds: timeoutSeconds, responseLimitBytes: Limits.bootstrapBytes)
            do throws(TransportError) {
                let exchange = try await client.exchange(
                    request, Transfer.Mode(isOwnConnection: true, collectsCertificates: true))
                let response = exchange.response
                let elapsed = response.timings.firstByteSeconds
                return ConnectionProbe(
                    status: response.status, timings: response.timings, certificates: exchange.certificates,
                    clockSkewSeconds: response.header("Date").flatMap(Self.seconds(ofDate:)).map {
                        // The header is truncated to the second: its expectation lies half a second later.
                        $0 + 0.5 - before.addingTimeInterval(elapsed).timeIntervalSince1970
                    },
                    failure: nil)
            } catch {
                var certificates: [PeerCertificate] = []
                if case .tls = error {
                    certificates =
                        (try? await client.exchange(
                            request,
                            Transfer.Mode(
                                isVerified: false, isOwnConnection: true, collectsCertificates: true,
                                isHandshakeOnly: true)
                        ).certificates) ?? []
                }
                return failed(error, certificates)
            }
        } catch {
            return failed(error, [])
        }
    }

    private static func failed(_ error: TransportError, _ certificates: [PeerCertificate]) -> ConnectionProbe {
        ConnectionProbe(
            status: nil, timings: nil, certificates: certificates, clockSkewSeconds: nil, failure: error)
    }

    /// Seconds since 1970 of an HTTP date (RFC 9110 §5.6.7), nil for anything else.
    static func seconds(ofDate text: String) -> Double? {
        let time = curl_getdate(text, nil)
        return time < 0 ? nil : Double(time)
    }
}
