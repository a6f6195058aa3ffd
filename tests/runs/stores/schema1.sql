PRAGMA application_id = 1131378254;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE artifacts (
            run INTEGER NOT NULL REFERENCES runs (number),
            name TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            created_at REAL NOT NULL,
            PRIMARY KEY (run, name)
        ) WITHOUT ROWID;
INSERT INTO "artifacts" VALUES(1,'model.keras',7,1750000002.0);
CREATE TABLE labels (
            run INTEGER PRIMARY KEY REFERENCES runs (number),
            name TEXT NOT NULL DEFAULT '',
            notes TEXT NOT NULL DEFAULT '',
            pinned INTEGER NOT NULL DEFAULT 0
        );
INSERT INTO "labels" VALUES(1,'first','for Monday',1);
CREATE TABLE points (
            run INTEGER NOT NULL REFERENCES runs (number),
            split TEXT NOT NULL,
            step INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            loss REAL,
            accuracy REAL,
            seconds REAL NOT NULL,
            PRIMARY KEY (run, split, step)
        ) WITHOUT ROWID;
INSERT INTO "points" VALUES(1,'train',1,1,0.9375,0.125,0.25);
INSERT INTO "points" VALUES(1,'train',2,1,0.875,0.25,0.5);
INSERT INTO "points" VALUES(1,'train',3,2,0.8125,0.375,0.75);
INSERT INTO "points" VALUES(1,'train',4,2,0.75,0.5,1.0);
INSERT INTO "points" VALUES(1,'train_eval',2,1,0.6875,0.625,0.5);
INSERT INTO "points" VALUES(1,'train_eval',4,2,0.75,0.5,1.0);
INSERT INTO "points" VALUES(1,'validation',2,1,0.75,0.5,0.5);
INSERT INTO "points" VALUES(1,'validation',4,2,0.875,0.25,1.0);
INSERT INTO "points" VALUES(2,'train',1,1,0.9375,0.125,0.25);
INSERT INTO "points" VALUES(2,'train',2,1,0.875,0.25,0.5);
INSERT INTO "points" VALUES(2,'train',3,2,0.8125,0.375,0.75);
INSERT INTO "points" VALUES(2,'train_eval',2,1,0.6875,0.625,0.5);
INSERT INTO "points" VALUES(2,'validation',2,1,0.75,0.5,0.5);
CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            family TEXT NOT NULL,
            config TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('queued', 'running', 'paused', 'finished', 'failed', 'cancelled')),
            reason TEXT,
            details TEXT,
            created_at REAL NOT NULL,
            started_at REAL,
            ended_at REAL,
            heartbeat_at REAL,
            owner TEXT,
            worker TEXT,
            step INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            facts TEXT NOT NULL DEFAULT '{}',
            summary TEXT NOT NULL DEFAULT '{}',
            parent TEXT REFERENCES runs (id),
            stop_requested INTEGER NOT NULL DEFAULT 0,
            revision INTEGER NOT NULL
        );
INSERT INTO "runs" VALUES(1,'0000000001','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"float32","seed":1}}','finished',NULL,NULL,1750000000.0,1750000001.0,1750000002.0,1750000002.0,'dashboard','lab:1',4,2,'{"num_params": 1234, "macs": 5678, "steps_per_epoch": 2, "precision": "float32"}','{"test_accuracy": 0.625}',NULL,0,10);
INSERT INTO "runs" VALUES(2,'0000000003','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"float32","seed":2}}','paused','Somebody paused it.',NULL,1750000002.0,1750000003.0,1750000003.75,1750000003.75,'dashboard','lab:1',3,2,'{"num_params": 1234, "macs": 5678, "steps_per_epoch": 2, "precision": "float32"}','{}',NULL,0,17);
INSERT INTO "runs" VALUES(3,'0000000004','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"float32","seed":1}}','queued',NULL,NULL,1750000003.75,NULL,NULL,1750000003.75,'dashboard',NULL,0,0,'{}','{}','0000000001',0,18);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "settings" VALUES('speed','{"vgg": 2.5}');
CREATE INDEX runs_by_family ON runs (family);
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_by_revision ON runs (revision);
COMMIT;
