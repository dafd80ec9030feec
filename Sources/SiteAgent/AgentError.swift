/// What can go wrong in an agent. Messages may name files of the site: they stay at the site, and are never sent.
public enum AgentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The agent's own store fails.
    case store(String)
    /// The site is not enrolled.
    case notEnrolled(String)
    /// A file of the site cannot be read.
    case unreadable(file: String, reason: String)
    /// The coordinator answered what the agent does not understand.
    case coordinator(String)
    /// The authority's certificate is not the one whose fingerprint was given.
    case wrongAuthority
    /// A frozen result does not have its hash.
    case wrongArtefact(String)
    /// The data cannot answer what the protocol asks; the reason names columns, never a case.
    case data(String)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .store(let reason): "the agent's store: \(reason); check the disk and the permissions of the folder"
        case .notEnrolled(let folder):
            "\(folder): no certificate; ask the coordinating centre for a token and run `concord-agent enrol`"
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .coordinator(let reason): "the coordinator: \(reason)"
        case .wrongAuthority:
            "the coordinator's authority does not have the fingerprint of the token: somebody is in between, or the "
                + "token is of another coordinator; ask the centre to read the fingerprint out"
        case .wrongArtefact(let name): "the artefact '\(name)' does not have its hash"
        case .data(let reason): reason
        }
    }
}
