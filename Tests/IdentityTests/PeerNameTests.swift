import Identity
import Testing

@Suite("Peer names")
struct PeerNameTests {
    @Test(
        "Names of sites, operators and the coordinator survive their URI",
        arguments: [
            PeerName.Role.site("north"), .site("a-1"), .operator("ada"), .coordinator,
        ])
    func roundTrip(_ role: PeerName.Role) throws {
        let name = try PeerName(studyDomain: "lung.example.org", role: role)
        #expect(try PeerName(uri: name.uri) == name)
    }

    @Test(
        "URIs in any other spelling are refused",
        arguments: [
            "", "spiffe://", "spiffe://lung.example.org", "spiffe://lung.example.org/",
            "https://lung.example.org/site/a",
            "SPIFFE://lung.example.org/site/a", "spiffe://Lung.example.org/site/a", "spiffe://lung.example.org/site/",
            "spiffe://lung.example.org/site/A", "spiffe://lung.example.org/site/a/b",
            "spiffe://lung.example.org//site/a",
            "spiffe://lung.example.org/site/a/", "spiffe://lung.example.org:443/site/a",
            "spiffe://u@lung.example.org/site/a",
            "spiffe://lung.example.org/site/a?x=1", "spiffe://lung.example.org/site/a#f",
            "spiffe://lung.example.org/site/%61",
            "spiffe://lung.example.org/site/../operator/a", "spiffe://lung.example.org/coordinator/x",
            "spiffe://lung.example.org/Coordinator", "spiffe://10.0.0.1/site/a",
            "spiffe://lung.example.org/site/a\u{0}",
            "spiffe://lung.example.org/site/\u{e4}", "spiffe://lung.example.org/admin/a",
            " spiffe://lung.example.org/site/a",
        ])
    func refused(_ uri: String) {
        #expect(throws: IdentityError.peerName(.shape)) { try PeerName(uri: uri) }
    }
}
