import Foundation
import StudyCore
import TestKit
import Testing

@Suite("Catalogue of what can leave")
struct CatalogueTests {
    @Test("docs/catalogue.md is what the code declares")
    func document() throws {
        let text = try String(contentsOfFile: "\(SharedData.packageRoot)/docs/catalogue.md", encoding: .utf8)
        let start = try #require(text.range(of: "| computation | block |"))
        #expect(
            text[start.lowerBound...].trimmingCharacters(in: .newlines)
                == Catalogue.markdown().trimmingCharacters(in: .newlines))
    }
}
