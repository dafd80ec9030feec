import Imaging

/// The cases of one hospital, made when they are asked for.
///
/// Case `i` is a pure function of (seed, study, hospital, i): it doesn't depend on the count, on the other cases or on
/// the order in which they are taken, so a larger cohort begins with the smaller one.
public struct PhantomCohort: RandomAccessCollection, Sendable {
    /// Which images.
    public let study: PhantomStudy
    /// Whose patients, scanners and readers.
    public let hospital: HospitalProfile
    /// Number of cases.
    public let count: Int
    /// Seed of all random numbers.
    public let seed: UInt64
    private let model: OutcomeModel

    /// Creates a cohort; nothing is computed yet. `count` must not be negative.
    public init(study: PhantomStudy, hospital: HospitalProfile, count: Int, seed: UInt64) {
        precondition(count >= 0, "a cohort has no negative number of cases")
        self.study = study
        self.hospital = hospital
        self.count = count
        self.seed = seed
        model = OutcomeModel(hospital)
    }

    /// First index: 0.
    public var startIndex: Int { 0 }
    /// One past the last index.
    public var endIndex: Int { count }

    /// The clinical row of a case, without its image.
    public func patient(at index: Int) -> PhantomPatient {
        precondition(indices.contains(index), "case index outside the cohort")
        var generator = generator(index, .patient)
        return PhantomPatient(hospital, model: model, index: index, generator: &generator)
    }

    /// A case with image and contours; computed anew at each call.
    public subscript(index: Int) -> PhantomCase {
        let patient = patient(at: index)
        let streams = { (stream: PhantomStream) in generator(index, stream) }
        switch study {
        case .ultrasound:
            let made = UltrasoundCase(profile: hospital, patient: patient, streams: streams)
            return assemble(patient, lesion: made.lesion, image: made.image, made.acquisition, index)
        case .ct:
            let made = CTCase(profile: hospital, patient: patient, streams: streams)
            return assemble(patient, lesion: made.lesion, image: made.image, made.acquisition, index)
        }
    }

    private func assemble(
        _ patient: PhantomPatient, lesion: Lesion, image: Volume, _ acquisition: [String: String], _ index: Int
    ) -> PhantomCase {
        var generator = generator(index, .readers)
        let contours = hospital.readers.contours(
            of: lesion.contour, planar: study == .ultrasound, generator: &generator)
        return PhantomCase(
            patient: patient, image: image, readerMasks: contours.map { $0.mask(on: image.geometry) },
            truthMask: lesion.contour.mask(on: image.geometry), acquisition: acquisition)
    }

    private func generator(_ index: Int, _ stream: PhantomStream) -> PhantomGenerator {
        PhantomGenerator(seed: seed, study: study, hospital: hospital.id, index: index, stream: stream)
    }
}
