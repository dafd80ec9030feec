import ArgumentParser
import Foundation
import Imaging
import Phantom

/// Writes the demo's cohort of one hospital as files.
struct PhantomCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phantom",
        abstract: "Write a phantom hospital's cohort: images, two readers' masks, clinical table.",
        discussion: """
            docs/phantom.md describes the phantom. Example:
              concord-agent phantom --study ultrasound --hospital 1 --cases 80 --seed 7 --output hospital-1
            """)
    @Option(help: "ultrasound (DICOM) or ct (NIfTI).") var study: String = "ultrasound"
    @Option(help: "1 to 5.") var hospital: Int
    @Option(help: "Number of cases.") var cases: Int = 80
    @Option(help: "Seed.") var seed: UInt64 = 7
    @Option(help: "Folder to write into.") var output: String

    func run() throws {
        guard let study = PhantomStudy(rawValue: study) else { throw fail("--study is ultrasound or ct", code: 64) }
        guard HospitalProfile.all.indices.contains(hospital - 1), (1...100_000).contains(cases) else {
            throw fail("--hospital is 1 to 5, --cases 1 to 100000", code: 64)
        }
        let cohort = PhantomCohort(
            study: study, hospital: HospitalProfile.all[hospital - 1], count: cases, seed: seed)
        let folder = URL(filePath: output)
        // NIfTI has no acquisition attributes; the manifest states them.
        let keywords =
            study == .ct ? ["Manufacturer", "ManufacturerModelName", "ConvolutionKernel", "KVP", "SliceThickness"] : []
        var manifest = (["case", "reader", "image", "mask"] + keywords).joined(separator: ",") + "\n"
        var clinical = "case,mvi,age,afp,sex\n"
        do {
            try FileManager.default.createDirectory(
                at: folder.appending(path: "images"), withIntermediateDirectories: true)
            for index in 0..<cases {
                let item = cohort[index]
                let image = "images/\(item.caseID)." + (study == .ultrasound ? "dcm" : "nii.gz")
                try write(item, study: study, path: folder.appending(path: image).path)
                for (reader, mask) in item.readerMasks.enumerated() {
                    let name = "images/\(item.caseID)-reader-\(reader + 1).nii.gz"
                    try NIfTIWriter.write(mask, path: folder.appending(path: name).path)
                    manifest +=
                        ([item.caseID, "reader-\(reader + 1)", image, name]
                        + keywords.map { item.acquisition[$0] ?? "" }).joined(separator: ",") + "\n"
                }
                clinical += "\(item.caseID),\(item.outcome),\(item.age),\(item.afp),\(item.sex.rawValue)\n"
            }
            try Data(manifest.utf8).write(to: folder.appending(path: "images.csv"))
            try Data(clinical.utf8).write(to: folder.appending(path: "clinical.csv"))
        } catch {
            throw fail("\(error)")
        }
        FileHandle.standardError.write(Data("wrote \(cases) cases to \(folder.lastPathComponent)\n".utf8))
    }

    private func write(_ item: PhantomCase, study: PhantomStudy, path: String) throws {
        switch study {
        case .ultrasound:
            var acquisition = UltrasoundAcquisition()
            acquisition.manufacturer = item.acquisition["Manufacturer"] ?? ""
            acquisition.model = item.acquisition["ManufacturerModelName"] ?? ""
            acquisition.frequencyKHz = item.acquisition["TransducerFrequency"].flatMap(Double.init)
            acquisition.depthMM = item.acquisition["DepthOfScanField"].flatMap(Double.init)
            try UltrasoundWriter.write(item.image, acquisition: acquisition, patientID: item.caseID, path: path)
        case .ct:
            try NIfTIWriter.write(item.image, path: path)
        }
    }
}
