/** Of which the hashes below are. It is in NFC, and not ASCII. */
export const HASHED_ELSEWHERE = 'Grüße aus Kölln 9';

/**
 * Hashes that other systems made of {@link HASHED_ELSEWHERE}: Debian 12's Django 3.2.25, Werkzeug 2.2.2, passlib 1.7.4,
 * argon2-cffi 21.1, `doveadm pw` of Dovecot 2.3.19 and `slappasswd` of OpenLDAP 2.5.13; Django 5.2.17 and Werkzeug 3.1.9.
 */
export const FOREIGN_HASHES: [string, string][] = [
  [
    'django 5.2 pbkdf2_sha256',
    'pbkdf2_sha256$1000000$vCyStevJ04kiun0wmc0WrQ$l/SGu+j+ju6Lv83v08bSdOfcccium6yoNLXjBM3PFfM=',
  ],
  [
    'django 5.2 scrypt',
    'scrypt$16384$XNmzGJwZuhSivQyZyVBJ5D$8$5$tsrC5Vdua3kC61TKMn+XfSVItd7NhHJnZH5BW2vHVkyLfsI+kmpIxdPbTKgiigyHUXFH3WvyUzbesvCkU3e0AQ==',
  ],
  [
    'django 5.2 argon2',
    'argon2$argon2id$v=19$m=102400,t=2,p=8$ZENDTGlGeGtBNkxTTEdnT2pUbmFGYQ$rw8u+D4SvWaX6pYg+Fq0oPLEKwcdkhYBk8iwQGn1Leo',
  ],
  [
    'werkzeug 3.1 scrypt',
    'scrypt:32768:8:1$nezkWtP9LxCwTLT2$83ed1b50715541ced26605fa7cae7b44143ede9c1b308e1a4c9ced93ac41e2f1075de41566a078dda17dcb1904ba33175b794883628bb1a10db261c460713a52',
  ],
  [
    'werkzeug 3.1 pbkdf2:sha256',
    'pbkdf2:sha256:1000000$1Vfz3maQEt3fjMWG$ecb29eff3934f7ad6ec4b5cce108235bd878731f36b5c38312b00bc34982683b',
  ],
  ['django pbkdf2_sha1', 'pbkdf2_sha1$260000$4UUHnpuVfSGSNdGXdqPIs6$uxlhrHxToazqEFq6uyCpHqkBPcw='],
  ['django bcrypt_sha256', 'bcrypt_sha256$$2b$12$1Denq9MolGAGr3X0FDtg7.FRm9Q6umxUw0Kd0IR5TGEBEOXJRH.9K'],
  ['django bcrypt', 'bcrypt$$2b$12$7X2rW4013nvkPFUL.TY5Uux.zZomYbgxukvdh3WpSpsPVejwb2mdS'],
  ['werkzeug pbkdf2:sha1', 'pbkdf2:sha1:260000$BUm67S7JtUXYJMkc$ea337a94bfb5fd896ad4bc63ee21e745fd02baa2'],
  [
    'werkzeug pbkdf2:sha512',
    'pbkdf2:sha512:260000$bqW42jmxGuyMBA9n$3c8266e063f80bbd9a1d1197829981ff884da4ae734708404c77770e7edd44f31fbaa34e75927755aec2626d36443e7d4d8ddc08f0953683a623fdfec4d5aea1',
  ],
  ['passlib pbkdf2_sha1', '$pbkdf2$131000$8r4XYmwtpTTGOOc8JwSAcA$IRO741YeCidM8Ia8PLpIytmgYPA'],
  [
    'passlib pbkdf2_sha256',
    '$pbkdf2-sha256$29000$oxQi5FwrxZiTEqK0dg7h/A$D6jqCjNB3CgctDtu4BKdz9A5cvwhhVY2kJvGFawepc0',
  ],
  [
    'passlib pbkdf2_sha512',
    '$pbkdf2-sha512$25000$nXNOCaEUIiTE.J9TCqF0Dg$uFowKNH/ezze1S2lg1wV.ZtrvNMYZtNNhS/qP0uHvkLTT5.06Nc6QujdgLx0LJPg4WFcOHC1SclOYQRp2gh1Hw',
  ],
  [
    'passlib scrypt',
    '$scrypt$ln=16,r=8,p=1$XYvxvrfW+l9rbY2xVsr5nw$r/QI6MBMLi7twzPLps+nB2DtjN3p7C/x7H8nG6r9+wE',
  ],
  ['passlib argon2', '$argon2id$v=19$m=102400,t=2,p=8$8P4/JyQkRGgtJQSAEEKotQ$bOAqn208NPF58jBNt9WihA'],
  [
    'passlib bcrypt_sha256',
    '$bcrypt-sha256$v=2,t=2b,r=12$HzcDO.7hJcMISOz78cMT..$ALbS/PAqMjL9LOiBhZ17BuUyeML4tjW',
  ],
  ['passlib ldap_pbkdf2_sha1', '{PBKDF2}131000$Tmkt5fwfo7TWes8ZY8y5dw$KoyIbvPymDJVcg3NFlgToMD1lKA'],
  [
    'passlib ldap_pbkdf2_sha256',
    '{PBKDF2-SHA256}29000$NSZkjLGW0tpbK4VwLqU0hg$vV5eJ.i1pA3EnQ.rZe0GSPDB2oi95JEbINAfUuf28kE',
  ],
  [
    'passlib ldap_pbkdf2_sha512',
    '{PBKDF2-SHA512}25000$pzSGMEbovXcuhdC6NwYAoA$FoGeVnRyIV/xDu7OL7j42ja1XtQgv5cNunxnhFlnUG7vdN9v5lYORuEPTS3kTFh4mHu5VWU0RT8mNlsPSEgjvA',
  ],
  ['passlib ldap_salted_sha256', '{SSHA256}yaLBBSskxyyQlTl/67SDdyG7fMjah3Q4A7w8ld0I0GTzfk+p1VorJQ=='],
  [
    'passlib ldap_salted_sha512',
    '{SSHA512}TmAEG/PsvaV3jxyAKxep7JPdDWzeLVaI7K3VvwRqLFydJ1PqOvvGFjT5eGwVr+NMsXeUVaZIcIxcXlGlSK+Q5up9j9E6Z2xN',
  ],
  [
    'passlib django_pbkdf2_sha256',
    'pbkdf2_sha256$29000$swrMsJmEEtGc$Gf1HAF5v5O98lCVh+FsrQNVdy4mJpipUUKpiSW1UaAU=',
  ],
  [
    'passlib django_bcrypt_sha256',
    'bcrypt_sha256$$2b$12$kO6iFSiOAcAXHIl35Kxo/unveI2qAWWZFC0Ap9VSFLWTmgVApfjge',
  ],
  [
    'passlib sha512_crypt',
    '$6$rounds=656000$Xbpi/mmT7zYqAbgT$Tyf7Fl3gwWDLLzIXWhJJQp96Y8Asyo/cRqhP1XMiNYMKrYna5OIsAVjFCU7fM3vTNNkJVOmfV6aVaaevrUV220',
  ],
  ['passlib sha256_crypt', '$5$rounds=535000$xl142Hu5xFrtgltu$3873PI6UA.TeCWEfZhxX84l4elgQRTDXxLtuv3qHNu5'],
  ['passlib bcrypt_sha256 v1', '$bcrypt-sha256$2b,12$LjqxM2DI.7dbTMLnzfSEp.$FoJkGChWgUqM85Pgzidm28jn/Rt8cEa'],
  ['dovecot BLF-CRYPT', '{BLF-CRYPT}$2y$05$eFgb6sYEGg7dOjYzcOx/aufHls4BZAp2YdyEG6QkcjXv1CE8.SSz6'],
  ['dovecot CRYPT', '{CRYPT}$2y$05$Hzo8Z33e6F5oDqfet6PO4eLlPVQiolMsxjsBRnOqHGr1HEXo4itbS'],
  [
    'dovecot ARGON2I',
    '{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$/HLs3fK3T2reB18wORe8sg$BpZpmRtq2SSw6f9RXEBsKeU+7Qe7Ti7o60agdEivnWg',
  ],
  [
    'dovecot ARGON2ID',
    '{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$lGUk9FVJwCBBr4kyNIUCvA$IX3goy7cVciXujhxrYBczczzR40NPNYg/qgdeFhQu/A',
  ],
  ['dovecot PBKDF2', '{PBKDF2}$1$vEjRTqgPVEhsTsWr$5000$02a0bb03d1eaaf2596ea42403dc2c527a722bc83'],
  ['dovecot SSHA', '{SSHA}IoP3sU9L90KHnGrOCMk4w9LgpYil/yNI'],
  ['dovecot SSHA256', '{SSHA256}k3eNoakn0UPf262NWtw5yEzlbvDHVVXXCPGUwzKFAN0Inmqc'],
  [
    'dovecot SSHA512',
    '{SSHA512}BeXHl/+lJkTH7QAbFAe8TMg+SuS0GGUS4+YSWqOPGq53YlVMKZ2CKIh+Kwa6HLqtAy74pr/9CHdQ7VLxZINVZBguVAs=',
  ],
  [
    'dovecot SHA512-CRYPT',
    '{SHA512-CRYPT}$6$pjt/6zcotatfVgIs$Z901HYzg3x9Qc.uk9FzOvGEtEZ8VUEFJqdr2cr9ZUmL6UGw3uFsGM7pmdAH78v6Yeu7Tdq.WiuDMspjIDn1aa.',
  ],
  ['dovecot SHA256-CRYPT', '{SHA256-CRYPT}$5$TrbyB7t78EbfGnAM$wIeA1FGyxx2N1bVGoAjKjII7HQpR7JnMsOQFs5tMGf5'],
  [
    'dovecot SSHA512.b64',
    '{SSHA512.B64}87LsL8+CXNWHHtE4PnPzr50GLT0e8LPtXvUxc5DbZ9NPaDyubnd33Uxcy6fhhCl+wMMtkbD2amNcCys5FSkBhZJi1uU=',
  ],
  ['slappasswd', '{SSHA}rx2uuradtmEKJqowOg95JZM6jurH3u1Q'],
  [
    'slappasswd {CRYPT}',
    '{CRYPT}$6$bYD/9mU1724sqlZ6$.SOzu8XS0BEYNUiGjsOEz8yNWClmBlaHGWpsUZjPWJjEEtluKYmevsoRrWxcWy8U1LAvyIgeDT6t9CWprLZ0p1',
  ],
  [
    'slappasswd {ARGON2}',
    '{ARGON2}$argon2i$v=19$m=4096,t=3,p=1$SByxKRq5kBGfEtKRo/7oBg$hTz7PQkudJ907sqpw10pbSDHGXvfwem7Fu2icUm7/YA',
  ],
  [
    'argon2 v16',
    '$argon2i$v=16$m=1024,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$2+4RBCarrUZCGGCdVvMIlDQ8Cyt/LtSorSFfkTLAya4',
  ],
  [
    'argon2 v19 salt64',
    '$argon2id$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg$VGZRlEUS/fAGVvZDkaaPC9IqtBU4hTYeMg4SpgY5foxXBYZmvHO/84/7L94MIYXggvq08IbfzUmRWeKUhyksTg',
  ],
];

/** Those of ASP.NET Core Identity's own tests, of `my password`: version 2, and 3 with each of its digests. */
export const ASPNET_HASHES = [
  'ANXrDknc7fGPpigibZXXZFMX4aoqz44JveK6jQuwY3eH/UyPhvr5xTPeGYEckLxz9A==',
  'AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw',
  'AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw==',
  'AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M',
  'AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ=',
];

/** What better-auth 1.7.25 keeps in `account.password`. */
export const BETTER_AUTH_HASH =
  '01ef06b0a0b0725ffadbc83d5007af49:95e9d8982aa61999ed20c237fadaeb359897c0121c7109951f40aab4584915e7007472974d4f4c872a2ab2703f80c58cbe3c7124ad3de232f09f63e6c271cc06';

/** What passport-local-mongoose 9.2.0 adds to a document. */
export const PASSPORT_LOCAL_MONGOOSE = {
  salt: '434dbf7dbe4ad336b2321f11e6ae5c51629e67169b71f551a8f39cfcfdf2925c',
  hash: 'd7ad3393d99ae089c29409aa41044e19f65c391934aca51bd58325638e4ae70b4b57351f37daadc77353223d48f02a72874ab128259d120ffbfe4850f57dae2cbcac1c4470688b7838191871988ac8d62a46f50e3c31e0b036365eab6a57e473efaba9bd1e35304711eed0933021644035896da6712427c3e15f664c47fe5e8e28dc25d4abb50f46b7dfb9e77eac138c1a43f8235fe98ef4953e43cfb02ddaeff902a52f58b08a09b459f3a9b831acfd83bfb5c497d635f90351e6405ac1b615b27bf15034fbeab6bc1960209edc27c6bf642b017ea0d5e9056cd047ab2bd941090789eb06feef9f986d8bbaa8edf67cf42721237852f4e84a181845c36fb3c621ac2e2eb00fa47fa60fc536098fdb5a9139e65d149e287eee86143bee49035c3424197fed9062c24b426adf0203f280426ad3266438ba9d63640213d9fc6204ec5c01790b89a45ed8aa9bb02692ca7041ff4ff9778b8ea7c99cc46424f7f4b9297cf298f67a67699640c3e3028d54b6f71d721c8d1e052ec91a370d0a1efc58934550811f7f76080cc9bbc5245b0025b51e92c26ea774f032638bb32e1e09f7b5986a0107400fc41aeaaec231dd27384b066b0f76b5c3f8e38fb24a4040002113ce0b16d7af75eb079d4f7e33d4e7bef18fccdca6375481cd970b23827bf65898ce14deb184ff2f0a0ee1fe23960fa63c1df9bcec07ce851b393f3c5c197945',
};
