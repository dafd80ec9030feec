import Imaging
import Phantom
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Phantom cohorts")
struct CohortTests {
    @Test("A seed gives the same bytes in every order, another seed gives others", arguments: PhantomStudy.allCases)
    func determinism(study: PhantomStudy) {
        let cohort = PhantomCohort(study: study, hospital: .h2, count: 4, seed: 11)
        let larger = PhantomCohort(study: study, hospital: .h2, count: 9, seed: 11)
        let forwards = Array(cohort)
        for index in cohort.indices.reversed() {
            #expect(larger[index] == forwards[index])
        }
        let other = PhantomCohort(study: study, hospital: .h2, count: 4, seed: 12)
        #expect(other[0].image != forwards[0].image)
        #expect(other[0].readerMasks != forwards[0].readerMasks)
        #expect(forwards[0].image != forwards[1].image)
    }

    @Test("The clinical row that comes without the image is the one of the case")
    func patientAlone() {
        let cohort = PhantomCohort(study: .ultrasound, hospital: .h5, count: 8, seed: 2)
        #expect(cohort.patient(at: 6) == cohort[6].patient)
        #expect(cohort[6].caseID == "H5-0007")
    }

    @Test("The first patient of seed 1 is the one of every run")
    func goldenPatient() {
        let first = PhantomCohort(study: .ct, hospital: .h1, count: 1, seed: 1)[0]
        #expect(first.caseID == "H1-0001")
        #expect(first.outcome == 0)
        #expect(first.age == 44.8)
        #expect(first.afp == 31.9)
        #expect(first.sex == .male)
        // A mathematics library that rounds its logarithms otherwise may move a voxel or two.
        #expect(abs(first.truthMask.voxelCount - 8_430) <= 2)
        #expect(abs(first.image.voxels[1_000] - 99) <= 1)
    }

    @Test(
        "Prevalence, age and AFP are the hospital's, within four standard errors of 4000 patients",
        arguments: HospitalProfile.all)
    func population(hospital: HospitalProfile) {
        let patients = patients(hospital, 4_000)
        let root = 4_000.0.squareRoot()
        let prevalence = moments(patients.map { Double($0.outcome) }).mean
        #expect(abs(prevalence - hospital.prevalence) < 4 * 0.5 / root)
        let age = moments(patients.map(\.age))
        // Ages are cut at 18 and 92 years, which moves the mean by less than 0.2.
        #expect(abs(age.mean - hospital.ageMean) < 4 * hospital.ageSD / root + 0.2)
        let logAFP = moments(patients.map { log($0.afp) })
        // AFP below 0.5 ng/mL is reported as 0.5, which moves the mean of the logarithm by less than 0.05.
        #expect(abs(logAFP.mean - hospital.logAFPMean) < 4 * hospital.logAFPSD / root + 0.05)
        let men = moments(patients.map { $0.sex == .male ? 1 : 0 }).mean
        #expect(abs(men - hospital.maleShare) < 4 * 0.5 / root)
    }

    @Test(
        "Age and log AFP alone separate the outcome with an AUC of 0.65 (0.62 to 0.68)", arguments: HospitalProfile.all)
    func covariates(hospital: HospitalProfile) {
        let patients = patients(hospital, 4_000)
        let rows = patients.map { [($0.age - 60) / 10, log($0.afp) - 4] }
        let outcomes = patients.map(\.outcome)
        let beta = logistic(rows, outcomes)
        #expect(beta[1] > 0 && beta[2] > 0)
        let area = auc(rows.map { beta[1] * $0[0] + beta[2] * $0[1] }, outcomes)
        print("covariates alone, \(hospital.id): AUC \(area)")
        #expect(area > 0.62 && area < 0.68)
    }

    @Test("Acquisition parameters carry the DICOM keywords of the modality and a share is off protocol")
    func acquisition() {
        for hospital in [HospitalProfile.h1, .h5] {
            let ultrasound = PhantomCohort(study: .ultrasound, hospital: hospital, count: 40, seed: 3).map(
                \.acquisition)
            let frequencies = Set(ultrasound.compactMap { $0["TransducerFrequency"] })
            #expect(frequencies.contains(String(Int((hospital.ultrasound.frequencyMHz * 1_000).rounded()))))
            #expect(frequencies.count <= 2)
            #expect(ultrasound.allSatisfy { $0["DepthOfScanField"] != nil && $0["Modality"] == "US" })
            #expect(ultrasound.allSatisfy { $0["Manufacturer"] == hospital.ultrasound.manufacturer })
            let ct = PhantomCohort(study: .ct, hospital: hospital, count: 1, seed: 3)[0].acquisition
            #expect(ct["ConvolutionKernel"] == hospital.ct.kernel)
            #expect(ct["SliceThickness"] == "\(hospital.ct.sliceThicknessMM)")
            #expect(ct["KVP"] != nil && ct["PixelSpacing"] != nil && ct["ManufacturerModelName"] == hospital.ct.model)
        }
        var always = HospitalProfile.h1
        always.offProtocolShare = 1
        let image = PhantomCohort(study: .ultrasound, hospital: always, count: 1, seed: 3)[0]
        #expect(image.acquisition["TransducerFrequency"] == "4000")
    }

    @Test("Lesions have radii of 8 to 20 mm and lie in the image with their rings", arguments: HospitalProfile.all)
    func lesions(hospital: HospitalProfile) {
        for item in PhantomCohort(study: .ultrasound, hospital: hospital, count: 30, seed: 4) {
            let spacing = item.truthMask.geometry.spacing
            let radius = (Double(item.truthMask.voxelCount) * spacing.x * spacing.y / .pi).squareRoot()
            #expect(radius > 7.8 && radius < 21)
            for mask in item.readerMasks { #expect(!touchesBorder(ring(mask, width: 3))) }
        }
    }

    private func touchesBorder(_ mask: Mask) -> Bool {
        let size = mask.geometry.size
        for index in mask.voxels.indices where mask.voxels[index] != 0 {
            let (column, row) = (index % size.x, index / size.x)
            if column == 0 || row == 0 || column == size.x - 1 || row == size.y - 1 { return true }
        }
        return false
    }

    private func patients(_ hospital: HospitalProfile, _ count: Int) -> [PhantomPatient] {
        let cohort = PhantomCohort(study: .ultrasound, hospital: hospital, count: count, seed: 5)
        return cohort.indices.map(cohort.patient(at:))
    }
}
